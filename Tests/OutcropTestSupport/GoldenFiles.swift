import Foundation
import OutcropFiles

/// The golden files that hold a case.
public enum Golden {
  public static let all: [String] = {
    let folder = SharedFolder.url.appendingPathComponent("golden").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter {
      $0.hasSuffix(".safetensors") && !$0.contains("trained") && !$0.hasPrefix("ma_stats")
    }.sorted()
  }()

  /// Those of the GraphTransformer on ZINC.
  public static let cases = all.filter { $0.hasPrefix("gt_zinc") }

  public static var isThere: Bool { SharedFolder.has("golden/gt_zinc.safetensors") }

  public static func file(_ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: SharedFolder.url.appendingPathComponent("golden/\(name)").path)
  }

  /// Writes a copy of `file` to `path`, with tensors changed, left out or added.
  public static func copy(
    _ file: SafetensorsFile, to path: String, changing changed: [String: [Double]] = [:],
    leavingOut removed: Set<String> = [], adding added: [String: [Float]] = [:],
    metadata: [String: String] = [:]
  ) throws {
    var writer = SafetensorsWriter(metadata: file.metadata.merging(metadata) { $1 })
    for name in file.names where !removed.contains(name) {
      let entry = try file.entry(name)
      guard let values = changed[name] else {
        writer.add(name, entry.elementType, shape: entry.shape) { sink in
          try file.withUnsafeBytes(of: name) { try sink($0) }
        }
        continue
      }
      switch entry.elementType {
      case .float64: writer.add(name, shape: entry.shape, values)
      case .int64: writer.add(name, shape: entry.shape, values.map { Int64($0) })
      default: writer.add(name, shape: entry.shape, values.map { Float($0) })
      }
    }
    for (name, values) in added { writer.add(name, shape: [values.count], values) }
    try writer.write(to: path)
  }
}
