/// Horizontal bars in groups, each with its own scale, that compare alternatives for the same work.
package enum BarChart {
  package struct Bar: Sendable {
    let name: String
    let value: Double
    /// The text of the value at the end of the bar.
    let text: String

    package init(name: String, value: Double, text: String) {
      (self.name, self.value, self.text) = (name, value, text)
    }
  }

  package struct Group: Sendable {
    let title: String
    /// The position of a mark for the limit, below which no bar can be.
    let limit: Double?
    let bars: [Bar]

    package init(title: String, limit: Double?, bars: [Bar]) {
      (self.title, self.limit, self.bars) = (title, limit, bars)
    }
  }

  /// The chart; the first bar of each group is highlighted.
  package static func figure(
    title: String, unit: String, limitName: String, _ groups: [Group]
  ) -> SVGFigure {
    let (row, names, span, right) = (21.0, 190.0, 430.0, 110.0)
    let height = 74 + groups.reduce(0.0) { $0 + 30 + row * Double($1.bars.count) }
    var canvas = SVGCanvas(width: names + span + right, height: height)
    canvas.text(title, x: 8, y: 20, class: "h")
    canvas.text(unit, x: 8, y: 38, class: "s")
    var y = 56.0
    let hasLimit = groups.contains { $0.limit != nil }
    if hasLimit {
      canvas.line(8, y - 8, 8, y + 4, class: "limit")
      canvas.text(limitName, x: 16, y: y + 2, class: "s")
    }
    y += 14
    for group in groups {
      canvas.text(group.title, x: 8, y: y + 12, class: "b")
      y += 20
      let most = group.bars.map(\.value).filter(\.isFinite).max() ?? 1
      let scale = span / max(most, group.limit ?? 0, .leastNormalMagnitude)
      for (index, bar) in group.bars.enumerated() {
        let length = bar.value.isFinite ? bar.value * scale : 0
        canvas.text(bar.name, x: names - 8, y: y + 14, class: "e")
        canvas.rect(
          x: names, y: y + 3, width: max(1, length), height: row - 6, class: "mark",
          style: "--c:var(\(index == 0 ? "--blue" : "--gray"))", radius: 2)
        canvas.text(bar.text, x: names + length + 6, y: y + 14, class: index == 0 ? "b" : "")
        y += row
      }
      if let limit = group.limit {
        let x = names + limit * scale
        canvas.line(x, y - row * Double(group.bars.count), x, y, class: "limit")
      }
      y += 10
    }
    let summary = groups.map { group in
      "\(group.title): " + group.bars.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
    }
    return canvas.figure(title: title, alternativeText: summary.joined(separator: ". ") + ".")
  }
}
