import Foundation
import OutcropFiles
import OutcropGraph
import OutcropTensor

/// Writes every activation to a safetensors file without holding it in memory, for analysis with
/// `outcrop analyze` or another program.
///
/// `edge/3` [rows, width] are the edge activations of layer 3, in the order in which graphs were seen and
/// grouped by destination within each. The file also holds `edge/3/batch_offsets` (rows offsets[g] ..<
/// offsets[g + 1] are graph g) and `edge/3/edge_types`. Values are `Float`.
public final class ActivationExport: ActivationObserver {
  private let path: String
  private let kinds: Set<ActivationKind>
  private let edgeKinds: EdgeKinds
  private var parts: [String: Part] = [:]
  private var failure: (any Error)?

  /// One tensor's rows so far, in a separate file.
  private struct Part {
    var rows: NpyStreamWriter
    let file: String
    let width: Int
    var offsets: [Int64] = [0]
    var edgeTypes: [Int64] = []
  }

  /// Starts an export to `path`. Until `finish()`, the tensors are in separate files next to it.
  public init(
    to path: String, kinds: Set<ActivationKind> = [.edge, .node],
    edgeKinds: EdgeKinds = EdgeKinds(vocabularies: [])
  ) {
    (self.path, self.kinds, self.edgeKinds) = (path, kinds, edgeKinds)
  }

  public func wants(_ kind: ActivationKind) -> Bool { kinds.contains(kind) }

  public func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch)
  {
    if failure != nil { return }
    do {
      try add(activation, batch)
    } catch {
      // `observe` cannot throw, because the model calls it; `finish` throws the error.
      failure = error
    }
  }

  private func add<Scalar>(_ activation: Activation<Scalar>, _ batch: GraphBatch) throws {
    let (count, width) = (activation.values.shape[0], activation.values.shape[1])
    let layout = RowLayout(activation.rows, count: count, layer: activation.layer, batch, edgeKinds)
    let name = "\(activation.kind.rawValue)/\(activation.layer)"
    var part = try parts.removeValue(forKey: name) ?? start(name, width)
    try activation.withFloats { try part.rows.append($0) }
    let last = part.offsets.last!
    part.offsets += layout.offsets.dropFirst().map { last + Int64($0) }
    part.edgeTypes += (layout.origins.edgeTypes ?? []).map { Int64($0) }
    parts[name] = part
  }

  private func start(_ name: String, _ width: Int) throws -> Part {
    let file = "\(path).\(name.replacingOccurrences(of: "/", with: "-")).part"
    return Part(
      rows: try NpyStreamWriter(path: file, .float32, rowShape: [width]), file: file, width: width)
  }

  /// Joins the separate files. The file appears under its name when it is complete.
  ///
  /// Throws the first error that occurred while activations were received, and errors of writing.
  public func finish() throws {
    defer { for part in parts.values { try? FileManager.default.removeItem(atPath: part.file) } }
    if let failure { throw failure }
    let list = parts.sorted { $0.key.localizedStandardCompare($1.key) == .orderedAscending }
    var declarations: [SafetensorsDeclaration] = []
    for (name, part) in list {
      try part.rows.finish()
      declarations += [
        SafetensorsDeclaration(name, .float32, shape: [Int(part.offsets.last!), part.width]),
        SafetensorsDeclaration(name + "/batch_offsets", .int64, shape: [part.offsets.count]),
      ]
      if !part.edgeTypes.isEmpty {
        declarations.append(
          SafetensorsDeclaration(name + "/edge_types", .int64, shape: [part.edgeTypes.count]))
      }
    }
    let writer = try SafetensorsStreamWriter(path: path, declarations)
    for (name, part) in list {
      let file = try NpyFile(path: part.file)
      try file.withUnsafeBytes { bytes in
        for start in stride(from: 0, to: bytes.count, by: 1 << 24) {
          let piece = bytes[start..<min(bytes.count, start + (1 << 24))]
          try writer.append(bytes: UnsafeRawBufferPointer(rebasing: piece), to: name)
        }
      }
      try writer.append(part.offsets, to: name + "/batch_offsets")
      if !part.edgeTypes.isEmpty { try writer.append(part.edgeTypes, to: name + "/edge_types") }
    }
    try writer.finish()
  }
}
