import OutcropCore
import OutcropReport
import Testing

@Suite struct InterventionTableTests {
  /// Draws with infinite changes have an infinite percentile, not one that is no number.
  @Test func percentilesOfInfiniteChanges() throws {
    let control = StudyResults.InterventionControl(
      selection: .random, entries: 4, metricChanges: [0, 0, 0, 0],
      predictionChanges: [1, .infinity, .infinity, 2])
    var results = FindingsTests.results([])
    results.interventions = [
      StudyResults.Intervention(
        label: "trained", seed: 1, median: .row, kind: "zero", layer: 0, entries: 4, examples: 2,
        metric: .init(name: "MAE", value: 0.5), metricChange: .init(value: 0.25),
        predictionChange: .init(value: 0.75), controls: [control], verdict: .undefined,
        metricVerdict: .undefined)
    ]
    let text = try #require(TextTable.interventions(of: results))
    #expect(text.contains("∞"), "\(text)")
    #expect(!text.lowercased().contains("nan"), "\(text)")
  }
}
