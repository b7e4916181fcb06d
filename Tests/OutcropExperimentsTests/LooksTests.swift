import Foundation
import OutcropCore
import OutcropDatasets
import OutcropExperiments
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropTestSupport
import Testing

/// Looks between the epochs of training, which keep statistics and no models.
@Suite("Looks", .serialized)
struct LooksTests {
  private let folder: TemporaryFolder
  private let dataset = SampleDataset.make(seed: 3, sizes: (train: 48, validation: 16, test: 12))

  init() throws { folder = try TemporaryFolder() }

  private func study(epochs: Int, in name: String? = nil) throws -> Study {
    var configuration = ExperimentConfiguration.standard
    for (field, value) in [
      "L": 2.0, "hidden_dim": 16, "out_dim": 16, "n_heads": 4, "epochs": Double(epochs),
      "batch_size": 16,
    ] {
      configuration.set(field, .number(value))
    }
    var study = Study(
      model: try configuration.model(for: dataset), training: try configuration.training())
    study.arms = [.base, .trained, .adaptive(.driven(BiasDrive()))]
    study.detection.threshold = 30
    study.folder = name.map { folder.path($0) }
    return study
  }

  private func followed(_ study: Study) throws -> [[StudyResults.FollowedEpoch]] {
    try study.run(on: dataset).runs.map(\.followed)
  }

  private func files(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path(name)).sorted()
  }

  @Test func looksAreThoseOfSnapshotsAndChangeNothing() throws {
    var plain = try study(epochs: 4, in: "plain")
    let unseen = try plain.run(on: dataset).runs
    #expect(unseen.allSatisfy { $0.followed.isEmpty })
    var kept = try study(epochs: 4, in: "kept")
    kept.lookInterval = 2
    let runs = try kept.run(on: dataset).runs
    let looks = runs.map(\.followed)
    #expect(looks.map { $0.map(\.epoch) } == [[], [0, 2, 4], [0, 2, 4]])
    // Looking does not change training.
    #expect(runs.map(\.layers) == unseen.map(\.layers))
    #expect(runs.map { $0.history.map(\.trainLoss) } == unseen.map { $0.history.map(\.trainLoss) })
    // Statistics are kept, and no models.
    #expect(try files("kept/seed-41/trained") == ["look-2.json", "look-4.json"])
    var saved = try study(epochs: 4, in: "saved")
    saved.snapshotInterval = 2
    #expect(try followed(saved) == looks)
    // Without a folder they are in the results.
    var memory = try study(epochs: 4)
    memory.lookInterval = 2
    #expect(try followed(memory) == looks)
    // Both at once: each epoch once.
    var both = try study(epochs: 4, in: "both")
    (both.lookInterval, both.snapshotInterval) = (1, 2)
    #expect(try followed(both)[1].map(\.epoch) == [0, 1, 2, 3, 4])
    plain.lookInterval = 0
    #expect(throws: InputError.self) { try plain.check(on: dataset) }
  }

  @Test func aResumedRunHasAllLooks() throws {
    var whole = try study(epochs: 5, in: "whole")
    whole.lookInterval = 1
    let expected = try followed(whole)
    var part = try study(epochs: 2, in: "part")
    part.lookInterval = 1
    _ = try part.run(on: dataset)
    part = try study(epochs: 5, in: "part")
    (part.lookInterval, part.resumes) = (1, true)
    #expect(try followed(part) == expected)
    // A file of another name is no look.
    try FileManager.default.copyItem(
      atPath: folder.path("part/seed-41/trained/look-5.json"),
      toPath: folder.path("part/seed-41/trained/look-05.json"))
    #expect(try followed(part) == expected)
    try FileManager.default.removeItem(atPath: folder.path("part/seed-41/trained/look-05.json"))
    // Again from its end, also without further looks.
    part.lookInterval = nil
    #expect(try followed(part) == expected)
    // A look that was written before its checkpoint is written again.
    var shorter = try study(epochs: 3, in: "part")
    (shorter.lookInterval, shorter.resumes) = (1, false)
    #expect(try followed(shorter)[1].map(\.epoch) == [0, 1, 2, 3])
    #expect(try files("part/seed-41/trained").count == 3)
    try FileManager.default.copyItem(
      atPath: folder.path("whole/seed-41/trained/look-5.json"),
      toPath: folder.path("part/seed-41/trained/look-5.json"))
    shorter.resumes = true
    #expect(try followed(shorter)[1].map(\.epoch) == [0, 1, 2, 3])
  }

  @Test func looksOfOtherSettingsAreNotMixed() throws {
    var first = try study(epochs: 2, in: "mixed")
    first.lookInterval = 1
    _ = try first.run(on: dataset)
    var second = try study(epochs: 3, in: "mixed")
    (second.resumes, second.detection.threshold) = (true, 50)
    // Without further looks the old ones are left out.
    #expect(try followed(second)[1].isEmpty)
    second.lookInterval = 1
    let error = #expect(throws: InputError.self) { try second.run(on: dataset) }
    #expect(error?.field == "threshold" && error?.found == "30.0" && error?.expected == "50.0")
    second.detection.threshold = 30
    second.detection.medians = [.row]
    #expect(throws: InputError.self) { try second.run(on: dataset) }
  }

  @Test func damagedLooksAreErrors() throws {
    var study = try study(epochs: 1, in: "damaged")
    study.lookInterval = 1
    _ = try study.run(on: dataset)
    study.resumes = true
    let path = folder.path("damaged/seed-41/trained/look-1.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for bad in [
      "", "{", String(text.dropLast(20)), text.replacing("\"epoch\":1", with: "\"epoch\":-1"),
      text.replacing("\"massiveCount\":", with: "\"massiveCount\":1e300,\"x\":"),
    ] {
      try Data(bad.utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: InputError.self) { try study.run(on: dataset) }
      #expect(error?.file.contains("look-1.json") == true)
    }
  }
}
