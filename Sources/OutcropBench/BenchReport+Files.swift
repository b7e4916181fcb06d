import Foundation
import OutcropCore
import OutcropReport

extension BenchReport {
  /// Writes FAMILY.json and FAMILY.svg for each family that was measured, and tables.md, into `folder`.
  package func write(to folder: String) throws {
    try SystemFiles.createFolder(folder)
    for family in BenchFamily.allCases {
      var part = self
      part.measurements = measurements.filter { $0.family == family }
      if family != .memory { part.memory = nil }
      if part.measurements.isEmpty, part.memory == nil { continue }
      try AtomicFile.write(
        part.json(), to: "\(folder)/\(family.rawValue).json")
      if part.measurements.isEmpty { continue }
      try AtomicFile.write(
        Data(part.chart(family).document.utf8),
        to: "\(folder)/\(family.rawValue).svg")
    }
    try AtomicFile.write(
      Data(markdown.utf8), to: folder + "/tables.md")
  }

  /// A bar chart of the times: the implementations of each benchmark, with its limit as a mark.
  package func chart(_ family: BenchFamily) -> SVGFigure {
    let groups = byWork.filter { $0.family == family }.map { group in
      let limit = limits?.milliseconds(
        gigaflop: group.ways[0].gigaflop, megabytes: group.ways[0].megabytes)
      return BarChart.Group(
        title: group.work, limit: limit,
        bars: group.ways.map {
          BarChart.Bar(
            name: $0.way, value: $0.medianMilliseconds,
            text: "\(Self.number($0.medianMilliseconds)) ms")
        })
    }
    return BarChart.figure(
      title: family.title, unit: "milliseconds, median; each benchmark has its own scale",
      limitName: "the machine's limit", groups)
  }
}
