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
      for kind in StudyResults.ActivationKind.allCases
      where run.layers.contains(where: { $0[kind] != nil }) {
        print("\n\(run.label): \(kind.rawValue) activations by layer")
        print(TextTable.layers(of: run, base: results.baseRun, kind: kind).text)
      }
    }
    print("")
    for sentence in Summary.sentences(results) { print(sentence) }
    print("")
  }
}
