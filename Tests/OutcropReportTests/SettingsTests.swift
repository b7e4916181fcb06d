import OutcropCore
import OutcropReport
import Testing

/// Runs that were trained differently are not taken together.
@Suite struct SettingsTests {
  private func study(
    _ seed: UInt64, rate: Double = 7e-4, epochs: Double = 2, knowsSettings: Bool = true
  ) -> StudyResults {
    var study = DemoResults.study(layers: 1, batches: 2, kinds: [.base, .trained])
    for index in study.runs.indices {
      study.runs[index].seed = seed
      if knowsSettings {
        study.runs[index].settings =
          index == 0
          ? ["L": 1] : ["L": 1, "init_lr": .number(rate), "epochs": .number(epochs)]
      }
    }
    return study
  }

  private func merge(_ parts: [StudyResults]) throws -> StudyResults {
    try StudyResults.merged(parts, sources: parts.indices.map { "part-\($0 + 1)" })
  }

  @Test func settingsSurviveTheRoundTrip() throws {
    let study = study(1)
    #expect(try StudyResults(json: study.json()) == study)
  }

  @Test func partsOfOneTrainingAreMerged() throws {
    #expect(try merge([study(1), study(2)]).runs.map(\.seed) == [1, 1, 2, 2])
    let old = [study(1, knowsSettings: false), study(2, knowsSettings: false)]
    #expect(try merge(old).runs.count == 4)
    var other = old
    other[1].runs[1].history[0].learningRate = 0.1
    let error = #expect(throws: InputError.self) { try merge(other) }
    #expect(
      error?.description
        == "part-2: 'runs[1].history[0].learningRate': found 0.1 for “trained”, expected 0.0007, as in part-1"
    )
  }

  @Test("Parts in progress are merged with those that are complete")
  func partsInProgress() throws {
    var (one, two) = (study(1), study(2))
    one.calibrations = []
    one.distributions = []
    let left = StudyResults.Unfinished(label: "trained", seed: 2, epochs: 2)
    two.runs.removeLast()
    two.unfinished = [left]
    let merged = try merge([one, two])
    #expect(merged.runs.map(\.seed) == [1, 1, 2])
    #expect(merged.unfinished == [left])
    #expect(merged.calibrations == nil && merged.distributions == nil)
    two.dataset?.name = "other"
    #expect(throws: InputError.self) { try merge([one, two]) }
  }

  @Test func partsOfOtherTrainingAreNamed() {
    for (other, text) in [
      (
        study(2, rate: 0.1),
        "part-2: 'runs[1].settings.init_lr': found 0.1 for “trained”, expected 0.0007, as in part-1"
      ),
      (
        study(2, epochs: 3),
        "part-2: 'runs[1].settings.epochs': found 3 for “trained”, expected 2, as in part-1"
      ),
      (
        study(2, knowsSettings: false),
        "part-2: 'runs[0].settings': found no settings for “untrained”, expected settings, as in part-1"
      ),
      (
        study(1),
        "part-2: 'runs[0].seed': found 1 for “untrained”, expected a seed that is not in part-1"
      ),
    ] {
      let error = #expect(throws: InputError.self) { try merge([study(1), other]) }
      #expect(error?.description == text)
    }
  }

  /// Each file has its own line in the comparison, which says what differs.
  @Test func comparisonsDoNotJoinOtherTraining() {
    func page(_ other: StudyResults) -> String {
      Report.html([study(1), other], sources: ["one", "two"])
    }
    #expect(page(study(2)).contains("<td class=\"t\">1, 2</td>"))
    for (other, setting) in [(study(2, rate: 0.1), "init_lr"), (study(2, epochs: 3), "epochs")] {
      let page = page(other)
      #expect(!page.contains("<td class=\"t\">1, 2</td>"))
      #expect(page.contains("<td class=\"t\">\(setting)</td>"))
    }
  }
}
