import OutcropCore
import OutcropReport

/// How a verdict follows from an effect and its controls.
package enum InterventionJudgment {
  /// `loadBearing` where `change` is above 0 and over the 97.5th percentile of every control, otherwise `idle`.
  ///
  /// `undefined` where the change or a draw is NaN, without controls, and where a control has no draw: of rows
  /// whose entries are all massive there are no others to compare with, and one control does not replace the other.
  package static func of(
    _ change: Double, _ controls: [[Double]]
  ) -> StudyResults.InterventionVerdict {
    if change.isNaN || controls.isEmpty { return .undefined }
    var isOver = true
    for control in controls {
      guard !control.contains(where: \.isNaN),
        let limit = control.sorted().sortedQuantile(0.975)
      else { return .undefined }
      isOver = isOver && change > max(0, limit)
    }
    return isOver ? .loadBearing : .idle
  }
}
