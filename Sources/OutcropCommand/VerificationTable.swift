import Foundation
import Outcrop

/// Comparisons as lines with aligned columns, and the results of a file that were not compared.
struct VerificationTable {
  let comparisons: [Comparison]
  /// The results in the file that were not compared, with reasons.
  let leftOut: [(quantity: String, reason: String)]

  /// `statistics` are the stored statistics that were not compared.
  init(
    _ file: SafetensorsFile, _ comparisons: [Comparison], leftOut statistics: [String],
    isDouble: Bool
  ) {
    self.comparisons = comparisons
    let compared = Set(comparisons.map(\.quantity))
    let unstable = Set(
      (file.metadata["zero_gradient_parameters"] ?? "").split(separator: ",").map(String.init))
    // Parameters are not results. Their names have no slash, or one after the name of a trained checkpoint.
    let checkpoints = Verification.TrainedCheckpoints(file)?.names ?? []
    let isStatistics = file.names.contains { $0.hasSuffix("/batch_offsets") }
    let tensors: [(quantity: String, reason: String)] =
      isStatistics
      ? []
      : file.names.compactMap { name in
        let isTrainedParameter = checkpoints.contains { checkpoint in
          name.hasPrefix(checkpoint + "/") && !name.dropFirst(checkpoint.count + 1).contains("/")
        }
        if compared.contains(name) || name.hasPrefix("graph/") || isTrainedParameter { return nil }
        guard let slash = name.firstIndex(of: "/") else { return nil }
        if unstable.contains(String(name[name.index(after: slash)...])) {
          return (name, "excluded by the file: only rounding errors")
        }
        if name.hasSuffix(".f64"), !isDouble { return (name, "compared only with --double") }
        return (name, "not a known result")
      }
    leftOut =
      tensors
      + statistics.map { ($0, isDouble ? "compared only without --double" : "not compared") }
  }

  /// The numbers of compared, failed and excluded quantities.
  var verdict: String {
    let failures = comparisons.count { !$0.passes }
    return "\(comparisons.count) quantities, "
      + (failures == 0 ? "all pass" : "\(failures) FAIL")
      + (leftOut.isEmpty ? "" : ", \(leftOut.count) not compared")
  }

  /// A heading and one line for each quantity; with `quiet` only the failures.
  func lines(quiet: Bool) -> [String] {
    let shown = comparisons.filter { !quiet || !$0.passes }
    if shown.isEmpty { return [] }
    let names = shown.map(\.quantity) + (quiet ? [] : leftOut.map(\.quantity))
    let width = max(8, names.map(\.count).max() ?? 0)
    var lines = [line("", "quantity", ["largest", "relative", "tolerance"], width)]
    lines += shown.map { comparison in
      let numbers = [
        comparison.absoluteDifference, comparison.relativeDifference, comparison.tolerance,
      ]
      return line(
        comparison.passes ? "ok" : "FAIL", comparison.quantity,
        numbers.map { String(format: "%.2e", $0) }, width)
    }
    if !quiet { lines += leftOut.map { line("–", $0.quantity, [$0.reason], width) } }
    return lines
  }

  private func line(
    _ status: String, _ quantity: String, _ columns: [String], _ width: Int
  ) -> String {
    func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
    let numbers = columns.map { spaces(9 - $0.count) + $0 }.joined(separator: "  ")
    return "  " + status + spaces(6 - status.count) + quantity + spaces(width + 2 - quantity.count)
      + numbers
  }
}
