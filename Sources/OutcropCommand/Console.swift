import Foundation
import Outcrop

/// What commands say: notes on standard error, results on standard output.
enum Console {
  static func note(_ text: String) {
    // `write(_:)` would trap where standard error is closed.
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
  }

  /// The tables of every run and the summary.
  static func show(_ results: StudyResults) {
    for run in results.runs {
      for kind in [ActivationTableKind.edge, .node] where kind.isIn(run) {
        print("\n\(run.label): \(kind.title)")
        print(TextTable.layers(of: run, base: results.baseRun, kind: kind.reportKind).text)
      }
    }
    print("")
    for sentence in Summary.sentences(results) { print(sentence) }
    print("")
  }
}

private enum ActivationTableKind {
  case edge, node

  var title: String { self == .edge ? "edge activations by layer" : "node activations by layer" }

  var reportKind: OutcropReport.ActivationKind { self == .edge ? .edge : .node }

  func isIn(_ run: StudyResults.Run) -> Bool {
    run.layers.contains { self == .edge ? $0.edge != nil : $0.node != nil }
  }
}
