import OutcropCore
import OutcropStatistics

extension Figures {
  /// The edge types of a run's massive activations by one median: a row per type, a column per layer, and in
  /// each cell the type's share of the layer's massive activations in percent. The first column is the type's
  /// share of all edges, for comparison.
  ///
  /// A layer without massive activations has no shares, and its column states this. With more than
  /// `typeLimit` types, the types with the fewest massive activations are combined in one row.
  public static func edgeTypes(
    of run: StudyResults.Run, by median: MedianKind, typeLimit: Int = 12
  ) -> SVGFigure {
    let title = "\(run.label): share of MAs by edge type, \(median.name)"
    let layers = run.layers.filter { $0[.edge(median)]?.byEdgeType.isEmpty == false }
    let rows = rows(run, median, layers: layers, limit: typeLimit)
    let longest = rows.map { Plot.textWidth(label($0)) }.max() ?? 0
    let labelWidth = max(44, longest + 12)
    let referenceWidth = 40.0
    let first = labelWidth + referenceWidth + 18
    let cell = layers.isEmpty ? 30 : max(30, min(64, (438 - first) / Double(layers.count)))
    let top = 64.0
    let rowHeight = 32.0
    let bottom = top + rowHeight * Double(rows.count)
    var canvas = SVGCanvas(
      width: max(440, first + cell * Double(layers.count) + 2),
      height: rows.isEmpty ? 110 : bottom + 44)
    canvas.text(Plot.fittedTitle(title), x: 2, y: 17, class: "h")
    guard !rows.isEmpty else {
      canvas.text("no edge types recorded", x: 220, y: 70, class: "s m")
      return canvas.figure(title: title, alternativeText: "No edge types recorded.")
    }
    canvas.text("of all", x: labelWidth + referenceWidth / 2, y: top - 22, class: "s m")
    canvas.text("edges", x: labelWidth + referenceWidth / 2, y: top - 8, class: "s m")
    canvas.text("layer", x: first + 2, y: top - 22, class: "s")
    for (index, row) in rows.enumerated() {
      let y = top + rowHeight * Double(index)
      canvas.text(
        label(row), x: labelWidth - 8, y: y + rowHeight / 2 + 4.3, class: "e")
      draw(
        row.edgeShare, x: labelWidth, y: y, width: referenceWidth, height: rowHeight,
        tip: "\(row.name): \(NumberText.percent(row.edgeShare)) of all edges", canvas: &canvas)
    }
    for (column, layer) in layers.enumerated() {
      let x = first + cell * Double(column)
      canvas.text("\(layer.index)", x: x + cell / 2, y: top - 8, class: "s m")
      let total = rows.reduce(0) { $0 + $1.massive[column] }
      if total > 0 {
        for (index, row) in rows.enumerated() {
          draw(
            Double(row.massive[column]) / Double(total), x: x,
            y: top + rowHeight * Double(index), width: cell, height: rowHeight,
            tip: "layer \(layer.index), \(row.name): \(NumberText.grouped(row.massive[column])) of "
              + "\(NumberText.grouped(total)) massive activations", canvas: &canvas)
        }
      } else {
        empty(x: x + 1, y: top + 1, width: cell - 2, height: bottom - top - 2, canvas: &canvas)
      }
      canvas.text(
        total > 0 ? NumberText.compact(total) : "0", x: x + cell / 2, y: bottom + 18,
        class: total > 0 ? "m" : "s m")
    }
    canvas.text("MAs", x: labelWidth - 8, y: bottom + 18, class: "s e")
    canvas.text(
      "shares in percent of the layer’s massive activations", x: labelWidth, y: bottom + 37,
      class: "s")
    return canvas.figure(title: title, alternativeText: describe(run, median))
  }

  /// One edge type's counts for each layer.
  private struct TypeRow {
    var name: String
    var massive: [Int]
    var edgeShare: Double
  }

  private static func rows(
    _ run: StudyResults.Run, _ median: MedianKind, layers: [StudyResults.Layer],
    limit: Int
  ) -> [TypeRow] {
    let totals = EdgeTypeTotals(run, by: median)
    let ordered = totals.types.sorted { $0.massive > $1.massive }
    let isCut = ordered.count > max(1, limit)
    let shown = Set(ordered.prefix(isCut ? max(1, limit) - 1 : ordered.count).map(\.id))
    func share(_ edges: Int) -> Double {
      totals.edges > 0 ? Double(edges) / Double(totals.edges) : 0
    }
    func counts(where isMeant: (Int) -> Bool) -> [Int] {
      layers.map { layer in
        (layer[.edge(median)]?.byEdgeType ?? []).reduce(0) {
          $0 + (isMeant($1.id) ? $1.massive : 0)
        }
      }
    }
    var rows = totals.types.filter { shown.contains($0.id) }.map { type in
      TypeRow(
        name: type.name, massive: counts { $0 == type.id }, edgeShare: share(type.edges))
    }
    if isCut {
      let edges = totals.types.reduce(0) { $0 + (shown.contains($1.id) ? 0 : $1.edges) }
      rows.append(
        TypeRow(
          name: "\(totals.types.count - shown.count) others",
          massive: counts { !shown.contains($0) }, edgeShare: share(edges)))
    }
    return rows
  }

  private static func label(_ row: TypeRow) -> String {
    Plot.shortened(TextTable.printable(row.name), to: 20)
  }

  /// A cell. Its text has the color with more contrast; on a dark page (class `od`) it changes at a smaller
  /// share than on a light page.
  private static func draw(
    _ share: Double, x: Double, y: Double, width: Double, height: Double, tip: String,
    canvas: inout SVGCanvas
  ) {
    canvas.rect(
      x: x + 1, y: y + 1, width: width - 2, height: height - 2, class: "heat",
      opacity: 0.05 + 0.95 * share, radius: 2, tip: tip)
    canvas.text(
      NumberText.wholePercent(share), x: x + width / 2, y: y + height / 2 + 4.3,
      class: share > 0.66 ? "m on" : share > 0.5 ? "m od" : "m")
  }

  /// An outline with text instead of numbers, for a layer without massive activations.
  private static func empty(
    x: Double, y: Double, width: Double, height: Double, canvas: inout SVGCanvas
  ) {
    canvas.rect(x: x, y: y, width: width, height: height, class: "empty", radius: 2)
    let hasRoom = height > 56
    canvas.text(
      hasRoom ? "no MAs" : "–", x: x + width / 2 + 4.3, y: y + height / 2, class: "s m",
      rotate: hasRoom)
  }

  private static func describe(
    _ run: StudyResults.Run, _ median: MedianKind
  ) -> String {
    let texts = run.massiveLayers(.edge(median)).compactMap { layer in
      layer[.edge(median)].map { "layer \(layer.index): \(LayerText.types($0))" }
    }
    guard !texts.isEmpty else {
      return "By the \(median.name), no layer holds a massive activation."
    }
    return "Shares of massive activations. \(texts.joined(separator: "; "))."
  }
}
