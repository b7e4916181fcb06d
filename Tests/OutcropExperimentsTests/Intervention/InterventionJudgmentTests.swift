import OutcropExperiments
import OutcropReport
import Testing

@Suite struct InterventionJudgmentTests {
  private let draws = (1...40).map { Double($0) }

  @Test func aChangeIsComparedWithEveryControl() {
    // The 97.5th percentile of 1 ... 40 is 39.025.
    #expect(InterventionJudgment.of(39.1, [draws, draws]) == .loadBearing)
    #expect(InterventionJudgment.of(39, [draws, draws]) == .idle)
    #expect(InterventionJudgment.of(39.1, [draws, draws.map { $0 + 1 }]) == .idle)
    // A change of nothing is idle, also beside controls that do less than nothing.
    #expect(InterventionJudgment.of(0, [draws.map { -$0 }, draws.map { -$0 }]) == .idle)
    #expect(InterventionJudgment.of(.infinity, [draws, draws]) == .loadBearing)
  }

  /// Where all entries of the rows are massive, the control of the same rows has no draw.
  @Test func withoutAControlNothingIsSaid() {
    #expect(InterventionJudgment.of(100, [draws, []]) == .undefined)
    #expect(InterventionJudgment.of(100, [[], draws]) == .undefined)
    #expect(InterventionJudgment.of(0, [draws, []]) == .undefined)
    #expect(InterventionJudgment.of(100, [[], []]) == .undefined)
    #expect(InterventionJudgment.of(100, []) == .undefined)
  }

  @Test func notANumberIsUndefined() {
    #expect(InterventionJudgment.of(.nan, [draws, draws]) == .undefined)
    #expect(InterventionJudgment.of(1, [draws, draws + [.nan]]) == .undefined)
    // Not load-bearing beside one control does not hide the other.
    #expect(InterventionJudgment.of(1, [draws, [.nan]]) == .undefined)
  }
}
