import Foundation
import OutcropCore

extension BenchReport {
  /// A table for the terminal.
  package var text: String {
    var table = TextTable(columns: [
      .init("benchmark", .left), .init("implementation", .left), .init("median ms"),
      .init("min ms"), .init("max ms"), .init("of the limit"), .init("times"),
    ])
    let isGrowing = measurements.contains { $0.items != nil }
    if isGrowing { table.columns += [.init("ns each"), .init("pool MB")] }
    for group in byWork {
      for (index, one) in group.ways.enumerated() {
        table.rows.append(
          [index == 0 ? group.work : "", one.way] + cells(one)
            // The time relative to the first implementation of the benchmark.
            + [index == 0 ? "" : times(one, group.ways[0])]
            + (isGrowing ? growth(one) : []))
      }
    }
    return (machineLines + ["", table.text, memory?.text].compactMap { $0 } + leftOutLines)
      .joined(separator: "\n")
  }

  /// The tables of all families in Markdown.
  package var markdown: String {
    var lines = machineLines.map { "\($0)  " }
    if let memory { lines.append("\(memory.text)  ") }
    lines += leftOutLines.map { "\($0)  " }
    for family in BenchFamily.allCases {
      let groups = byWork.filter { $0.family == family }
      if groups.isEmpty { continue }
      let isGrowing = groups.contains { $0.ways.contains { $0.items != nil } }
      lines += [
        "", "### \(family.title)", "",
        "| benchmark | implementation | median ms | min | max | of the limit | times the first |"
          + (isGrowing ? " ns each | pool MB |" : ""),
        "|---|---|---:|---:|---:|---:|---:|" + (isGrowing ? "---:|---:|" : ""),
      ]
      for group in groups {
        for (index, one) in group.ways.enumerated() {
          let cells =
            [index == 0 ? group.work : "", one.way] + cells(one)
            + [index == 0 ? "" : times(one, group.ways[0])] + (isGrowing ? growth(one) : [])
          lines.append("| " + cells.joined(separator: " | ") + " |")
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func cells(_ one: Measurement) -> [String] {
    [one.medianMilliseconds, one.minimumMilliseconds, one.maximumMilliseconds].map(Self.number)
      + [shareOfLimit(one).map { String(format: "%.0f %%", 100 * $0) } ?? ""]
  }

  /// The time for one edge or value, and the memory.
  private func growth(_ one: Measurement) -> [String] {
    [one.nanosecondsPerItem, one.peakPoolMegabytes].map { $0.map(Self.number) ?? "" }
  }

  private func times(_ one: Measurement, _ first: Measurement) -> String {
    String(format: "%.2f", one.medianMilliseconds / first.medianMilliseconds)
  }

  private var leftOutLines: [String] {
    (leftOut ?? []).map { "left out: \($0)" }
  }

  private var machineLines: [String] {
    var lines = [
      program
        + [
          cpu, cores.map { "\($0) cores" }, threads.map { "\($0) threads" },
          instructionSet.map { "kernels \($0)" },
        ].compactMap { $0 }.reduce("") { $0 + "; \($1)" }
    ]
    if let openBLAS { lines.append(openBLAS) }
    if let data, let nodesPerBatch, let edgesPerBatch {
      lines.append("\(data): \(nodesPerBatch) nodes, \(edgesPerBatch) edges in an average batch")
    }
    if let limits {
      lines.append(
        String(
          format: "limits, one thread and all: square product of 1024 %.0f and %.0f GFLOP/s, "
            + "[120, 64] × [64, 128] in cache %.0f and %.0f GFLOP/s, triad %.0f and %.0f GB/s",
          limits.squareOneThread, limits.squareAllThreads, limits.smallOneThread,
          limits.smallAllThreads, limits.triadOneThread, limits.triadAllThreads))
    }
    return lines
  }

  static func number(_ value: Double) -> String {
    String(format: value < 0.1 ? "%.4f" : value < 10 ? "%.3f" : "%.1f", value)
  }
}
