import Foundation
import OutcropCore
import OutcropFiles
import OutcropNN

extension GraphModel {
  /// The name and configuration, from which `ModelCatalog.load` builds the model again.
  var metadata: [String: String] {
    ["model": name, "config": JSONValue.object(configurationFields).description]
  }

  /// Writes the model (parameters, running statistics, configuration) to a safetensors file that
  /// `ModelCatalog.load` reads. The file appears under its name when it is complete.
  public func save(to path: String) throws {
    var writer = SafetensorsWriter(metadata: metadata)
    add(to: &writer)
    try writer.write(to: path)
  }
}

/// Writes the model to a folder after every few epochs, as `epoch-0005.safetensors` and so on.
public final class Snapshots<Model: GraphModel>: TrainingHook {
  private let model: Model
  private let folder: String
  private let interval: Int

  /// Writes the model after every `interval`-th epoch to `folder`, which is made if it is missing.
  public init(of model: Model, in folder: String, every interval: Int) {
    (self.model, self.folder, self.interval) = (model, folder, interval)
  }

  public func epochEnded(_ record: EpochRecord) throws {
    guard record.epoch % interval == 0 else { return }
    try SystemFiles.createFolder(folder)
    try model.save(to: SnapshotFile(epoch: record.epoch, in: folder).path)
  }
}

/// A file that `Snapshots` wrote.
public struct SnapshotFile: Sendable, Equatable {
  /// The epoch after which the file was written, from 1.
  public let epoch: Int
  /// The file's path.
  public let path: String

  init(epoch: Int, in folder: String) {
    self.epoch = epoch
    let number = String(epoch)
    let zeros = String(repeating: "0", count: max(0, 4 - number.count))
    path = "\(folder)/\(Self.prefix)\(zeros)\(number)\(Self.suffix)"
  }

  /// The snapshots in `folder`, by epoch; none if there is no such folder.
  public static func all(in folder: String) -> [SnapshotFile] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
      return Int(name.dropFirst(prefix.count).dropLast(suffix.count))
    }.sorted().map { SnapshotFile(epoch: $0, in: folder) }
  }

  private static var prefix: String { "epoch-" }
  private static var suffix: String { ".safetensors" }
}
