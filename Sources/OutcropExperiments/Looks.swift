import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics

/// Analyzes a model after every few epochs of its training and keeps the statistics, not the model.
///
/// A look is written before the checkpoint of its epoch. If a run is killed between the two, the repeated epoch has
/// the same bits and writes the same look.
final class Looks: TrainingHook {
  private let files: LookFiles?
  private let interval: Int?
  private let analyze: (Int) throws -> StudyResults.FollowedEpoch
  /// The looks so far, by epoch.
  private(set) var found: [StudyResults.FollowedEpoch] = []
  /// The looks in the folder that are of other settings.
  private(set) var omittedCount = 0

  /// - Parameters:
  ///   - files: where looks are kept; nil: nowhere.
  ///   - interval: the number of epochs between two looks; nil: there are only those of `resume`.
  ///   - analyze: the statistics after an epoch.
  init(
    _ files: LookFiles?, every interval: Int?,
    _ analyze: @escaping (Int) throws -> StudyResults.FollowedEpoch
  ) {
    (self.files, self.interval, self.analyze) = (files, interval, analyze)
  }

  /// Takes the kept looks of the first `epochs` epochs.
  func resume(upTo epochs: Int) throws {
    guard let files else { return }
    let kept = try files.read().filter { $0.look.epoch <= epochs }
    found = kept.filter { $0.settings == files.settings }.map(\.look)
    omittedCount = kept.count - found.count
  }

  func epochEnded(_ record: EpochRecord) throws {
    guard let interval, record.epoch % interval == 0 else { return }
    let look = try analyze(record.epoch)
    try files?.write(look)
    found.append(look)
  }
}

/// The settings that a look depends on. Looks of different settings are not comparable.
struct LookSettings: Codable, Equatable {
  var threshold: Double
  var medians: [String]
  var convention: String
  var split: String
  var data: String

  /// The first field that differs from that of other settings.
  func difference(
    from other: LookSettings
  ) -> (field: String, found: String, expected: String)? {
    let fields = [
      ("threshold", "\(threshold)", "\(other.threshold)"),
      ("medians", medians.joined(separator: ", "), other.medians.joined(separator: ", ")),
      ("convention", convention, other.convention), ("split", split, other.split),
      ("data", data, other.data),
    ]
    return fields.first { $0.1 != $0.2 }
  }
}

/// The files of one model's looks: `look-5.json` and so on, in the folder of its snapshots.
struct LookFiles {
  /// The content of a file.
  struct Content: Codable {
    var settings: LookSettings
    var look: StudyResults.FollowedEpoch
  }

  let folder: String
  let settings: LookSettings

  private static let prefix = "look-"
  private static let suffix = ".json"

  private func path(_ epoch: Int) -> String {
    "\(folder)/\(Self.prefix)\(epoch)\(Self.suffix)"
  }

  private var epochs: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix) else { return nil }
      let number = Int(name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count))
      // Other spellings of a number are not names of looks.
      return number.flatMap { "\(Self.prefix)\($0)\(Self.suffix)" == name ? $0 : nil }
    }.sorted()
  }

  /// The files in the folder, by epoch; none if there is no such folder.
  var paths: [String] { epochs.map(path) }

  func write(_ look: StudyResults.FollowedEpoch) throws {
    try SystemFiles.createFolder(folder)
    try AtomicFile.write(
      JSON.encode(Content(settings: settings, look: look)), to: path(look.epoch))
  }

  /// All looks in the folder, by epoch, also those of other settings. Throws `InputError` for a damaged file.
  func read() throws -> [Content] {
    try epochs.map { epoch in
      let content: Content = try JSON.read(path: path(epoch))
      if content.look.epoch != epoch || epoch < 1 {
        throw InputError(
          file: path(epoch), field: "look.epoch", found: "\(content.look.epoch)",
          expected: "\(max(1, epoch)), as in the file's name")
      }
      return content
    }
  }
}

extension Study {
  /// The files of one model's looks; nil without a folder.
  func lookFiles(
    _ seed: UInt64, _ arm: StudyArm, _ dataset: some ExampleDataset
  ) -> LookFiles? {
    folder.map { folder in
      LookFiles(
        folder: "\(folder)/seed-\(seed)/\(arm.fileName)",
        settings: LookSettings(
          threshold: detection.threshold,
          medians: detection.medians.map(\.rawValue), convention: detection.convention.rawValue,
          split: split.rawValue, data: dataset.checksum))
    }
  }

  /// Throws `InputError` if looks that a resumed study would use are damaged or, where it makes further looks, of
  /// other settings than these would be.
  func tryLooks(_ dataset: some ExampleDataset) throws {
    guard let folder, resumes else { return }
    for seed in seeds {
      for arm in arms where arm.kind != .base {
        let checkpoint = "\(folder)/seed-\(seed)/\(arm.fileName).safetensors"
        guard FileManager.default.fileExists(atPath: checkpoint),
          let files = lookFiles(seed, arm, dataset)
        else { continue }
        for content in try files.read() where lookInterval != nil {
          guard let other = content.settings.difference(from: files.settings) else { continue }
          throw InputError(
            file: "\(files.folder), look of epoch \(content.look.epoch)", field: other.field,
            found: other.found, expected: other.expected,
            hint:
              "the models of these epochs were not kept, so their activations cannot be analyzed again: "
              + "use the same options, or another folder"
          )
        }
      }
    }
  }
}
