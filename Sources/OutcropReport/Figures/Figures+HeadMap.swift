import Foundation
import OutcropCore

extension Figures {
  /// The heat maps of the paper for one layer and median: for each edge type a matrix of heads (rows) and
  /// channels (columns); a cell is the percentage of the type's edges whose ratio there is over the threshold.
  /// nil if no edge is over the threshold anywhere.
  ///
  /// - Parameters:
  ///   - counts: the counts of the layer.
  ///   - threshold: one of the thresholds of the counts.
  ///   - heads: the number of heads; the width must be a multiple, else all channels are one row.
  ///   - title: the title of the figure.
  ///   - typeLimit: the largest number of types; those with the most edges over the threshold are drawn.
  public static func headMap(
    _ counts: StudyResults.ChannelCounts, threshold: Double, heads: Int, title: String,
    typeLimit: Int = 6
  ) -> SVGFigure? {
    HeadMapFigure(
      counts, threshold: threshold, heads: heads, title: title, typeLimit: typeLimit)?.figure
  }
}

/// The layout of ``Figures/headMap(_:threshold:heads:title:typeLimit:)``.
private struct HeadMapFigure {
  private struct Panel {
    var name: String
    var edges: Int
    var over: [Int]
    func percent(_ channel: Int) -> Double {
      edges > 0 ? 100 * Double(over[channel]) / Double(edges) : 0
    }
  }

  private let title: String
  private let threshold: Double
  private let panels: [Panel]
  private let heads: Int
  private let columns: Int
  private let largest: Double

  private static let width = 440.0
  private static let left = 30.0

  init?(
    _ counts: StudyResults.ChannelCounts, threshold: Double, heads: Int, title: String,
    typeLimit: Int
  ) {
    guard let index = counts.thresholds.firstIndex(of: threshold) else { return nil }
    let all = counts.types.filter { $0.over.indices.contains(index) }.map {
      Panel(name: $0.name, edges: $0.edges, over: $0.over[index])
    }
    let width = all.map(\.over.count).max() ?? 0
    func total(_ panel: Panel) -> Int { panel.over.reduce(0, +) }
    let most = all.indices.sorted { (total(all[$1]), $0) < (total(all[$0]), $1) }.prefix(typeLimit)
    panels = most.sorted().map { all[$0] }.filter { $0.over.count == width }
    let largest = panels.flatMap { panel in panel.over.indices.map(panel.percent) }.max() ?? 0
    guard largest > 0 else { return nil }
    (self.title, self.threshold, self.largest) = (title, threshold, largest)
    self.heads = heads > 0 && width % heads == 0 ? heads : 1
    columns = width / self.heads
  }

  var figure: SVGFigure {
    let cell = min(26, (Self.width - Self.left - 4) / Double(columns))
    let height = min(18, max(7, cell))
    let block = height * Double(heads) + 40
    let top = 34.0
    let bottom = top + block * Double(panels.count)
    var canvas = SVGCanvas(width: Self.width, height: bottom + 62)
    canvas.text(Plot.fittedTitle(title), x: 2, y: 17, class: "h")
    for (index, panel) in panels.enumerated() {
      let y = top + block * Double(index) + 22
      canvas.text(
        "\(Plot.shortened(TextTable.printable(panel.name), to: 30)) "
          + "(\(NumberText.grouped(panel.edges)) edges)", x: 2, y: y - 8, class: "b")
      for head in 0..<heads {
        let place = y + height * Double(head)
        if heads > 1, height > 10 || head % 2 == 0 {
          canvas.text("\(head)", x: Self.left - 7, y: place + height / 2 + 4.3, class: "s e")
        }
        for column in 0..<columns {
          let percent = panel.percent(head * columns + column)
          canvas.rect(
            x: Self.left + cell * Double(column), y: place, width: cell - (cell > 6 ? 1 : 0.2),
            height: height - 1, class: percent > 0 ? "hot" : "blank",
            opacity: percent > 0 ? 0.18 + 0.82 * percent / largest : nil,
            tip: percent > 0
              ? "\(panel.name), head \(head), channel \(column): \(Self.text(percent)) of the edges"
              : "")
        }
      }
    }
    canvas.text("↓ head, → channel of the head", x: 2, y: bottom + 12, class: "s")
    canvas.text(
      "share of the type’s edges over \(NumberText.ratio(threshold))", x: Self.left + 206,
      y: bottom + 35, class: "s")
    let steps = 30
    for step in 0..<steps {
      canvas.rect(
        x: Self.left + 6 * Double(step), y: bottom + 26, width: 6.2, height: 9, class: "hot",
        opacity: 0.18 + 0.82 * Double(step) / Double(steps - 1))
    }
    canvas.text("0", x: Self.left, y: bottom + 51, class: "s m")
    canvas.text(Self.text(largest), x: Self.left + 180, y: bottom + 51, class: "s m")
    return canvas.figure(title: title, alternativeText: description)
  }

  private static func text(_ percent: Double) -> String {
    "\(NumberText.significant(percent, digits: 2))%"
  }

  private var description: String {
    let texts = panels.compactMap { panel -> String? in
      guard let channel = panel.over.indices.max(by: { panel.over[$0] < panel.over[$1] }),
        panel.over[channel] > 0
      else { return nil }
      return "\(panel.name): most in head \(channel / columns), channel \(channel % columns), "
        + Self.text(panel.percent(channel))
    }
    return "Edges with a ratio over \(NumberText.ratio(threshold)), by head and channel. "
      + texts.joined(separator: "; ") + "."
  }
}
