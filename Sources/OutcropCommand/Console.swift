import Foundation
import Outcrop

/// The output of commands: notes on standard error, results on standard output.
enum Console {
  /// A message; of several ranks, rank 0 shows it.
  static func note(_ text: String) {
    if Ranks.isRoot { write(text) }
  }

  /// A line on standard error.
  static func write(_ text: String) {
    // `write(_:)` would trap when standard error is closed.
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
  }

  /// The answer of the results: the sentence, and the largest ratio of each layer of each model.
  ///
  /// - Parameter isVerbose: also a table of the layers of every run, and all findings.
  static func show(_ results: StudyResults, isVerbose: Bool) {
    print("\n\(Headline(results).sentence)\n")
    if results.runs.contains(where: { $0.layers.contains { $0.edge != nil || $0.node != nil } }) {
      for median in results.medians { print(TextTable.overview(results, by: median).text) }
      print("largest ratio of each layer; * over \(NumberText.ratio(results.threshold))\n")
    }
    if isVerbose { showAll(results) }
  }

  private static func showAll(_ results: StudyResults) {
    for (index, run) in results.runs.enumerated() {
      let several = Set(results.runs.map(\.seed)).count > 1
      let title = run.label + (several ? run.seed.map { ", seed \($0)" } ?? "" : "")
      // An untrained run from a file has no seed, so it is the baseline of all runs.
      let base = results.base(ofRunAt: index) ?? results.baseRun
      for kind in StudyResults.ActivationKind.allCases
      where run.layers.contains(where: { $0[kind] != nil }) {
        print("\(title): \(kind.rawValue) activations by layer")
        print(TextTable.layers(of: run, base: base, kind: kind, medians: results.medians).text)
      }
    }
    if let table = TextTable.interventions(of: results) {
      print("\nWhat massive activations do\n\(table)")
    }
    if let table = TextTable.calibrations(of: results) {
      print("\nDetection with an error rate\n\(table)")
    }
    for sentence in Findings.sentences(results) { print(sentence) }
    print("")
  }
}
