/// Assembles the page from its sections; the sections themselves are in extensions.
struct ReportPage {
  let results: StudyResults
  let base: StudyResults.Run?

  init(_ results: StudyResults) {
    self.results = results
    base = results.baseRun
  }

  var html: String {
    let title = Markup.escape(title)
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>
      \(ReportStyle.css)
      </style>
      </head>
      <body>
      <main>
      <h1>\(title)</h1>
      \(lead)
      \(banner)
      \(summary)
      \(layerTables(.edge))
      \(batchMaximaSection)
      \(edgeTypeSection)
      \(distributionSection)
      \(trainingSection)
      \(nodeSection)
      \(reproductionSection)
      </main>
      </body>
      </html>

      """
  }

  /// Runs whose training is the study's subject, or all when there is only the untrained one.
  var subjects: [StudyResults.Run] {
    let trained = results.runs.filter { $0.kind != .base }
    return trained.isEmpty ? results.runs : trained
  }

  private var title: String {
    switch (results.model?.name, results.dataset?.name) {
    case (let model?, let data?): "Massive activations in \(model) on \(data)"
    case (let model?, nil): "Massive activations in \(model)"
    case (nil, let data?): "Massive activations on \(data)"
    case (nil, nil): "Massive activations"
    }
  }

  /// The date without seconds, if it has the usual form.
  private var date: String {
    let date = results.date
    guard date.count == 20, date.hasSuffix("Z"), date.dropFirst(10).hasPrefix("T") else {
      return date
    }
    return "\(date.prefix(10)) \(date.dropFirst(11).prefix(5)) UTC"
  }

  private var lead: String {
    var parts = [date, "outcrop \(results.toolVersion)"]
    if !results.runs.isEmpty {
      parts.append(results.runs.map(\.label).joined(separator: ", "))
    }
    return paragraph(parts.joined(separator: " · "), class: "lead")
  }

  private var banner: String {
    guard let data = results.dataset, data.isSynthetic else { return "" }
    return "<p class=\"banner\" role=\"note\"><strong>Synthetic data.</strong> The graphs of "
      + "“\(Markup.escape(data.name))” are generated (\(Markup.escape(data.source))). They show "
      + "how the method works; they say nothing about real molecules.</p>"
  }

  private var summary: String {
    let items = Summary.sentences(results).map { "<li>\(Markup.escape($0))</li>" }
    let notes = results.notes.map { "<li>\(Markup.escape($0))</li>" }
    return "<ul class=\"summary\">\n\((items + notes).joined(separator: "\n"))\n</ul>"
  }

  func paragraph(_ text: String, class name: String = "") -> String {
    "<p\(name.isEmpty ? "" : " class=\"\(name)\"")>\(Markup.escape(text))</p>"
  }

  /// A figure of one or several panels and its caption.
  ///
  /// - Parameter caption: already HTML.
  func figure(_ panels: [SVGFigure], caption: String) -> String {
    guard !panels.isEmpty else { return "" }
    let drawings = panels.map { panel in
      // A wide drawing scrolls on a narrow screen instead of becoming too small to read.
      let least = Int(panel.width * 0.78)
      let style =
        "max-width:\(Int(panel.width * 1.06))px"
        + (panel.width > 460 ? ";min-width:\(least)px" : "")
      return "<div class=\"panel\"><div style=\"\(style)\">\(panel.svg)</div></div>"
    }
    return "<figure><div class=\"panels\">\(drawings.joined(separator: "\n"))</div>"
      + "<figcaption>\(caption)</figcaption></figure>"
  }

  /// A table; rows for which `isStrong` holds stand out.
  func table(_ table: TextTable, isStrong: (Int) -> Bool = { _ in false }) -> String {
    func cell(_ text: String, _ column: Int, tag: String) -> String {
      let name = table.columns[column].alignment == .right ? " class=\"n\"" : ""
      return "<\(tag)\(name)>\(Markup.escape(text))</\(tag)>"
    }
    let titles = table.columns.indices.map { cell(table.columns[$0].title, $0, tag: "th") }
    let head = groups(table) + "<tr>\(titles.joined())</tr>"
    let body = table.rows.enumerated().map { index, row in
      let cells = table.columns.indices.map { cell($0 < row.count ? row[$0] : "", $0, tag: "td") }
      return "<tr\(isStrong(index) ? " class=\"on\"" : "")>\(cells.joined())</tr>"
    }
    return "<div class=\"scroll\"><table><thead>\(head)</thead><tbody>\n"
      + body.joined(separator: "\n") + "\n</tbody></table></div>"
  }

  /// The header row above the titles, where columns have shared headings.
  private func groups(_ table: TextTable) -> String {
    guard table.columns.contains(where: { !$0.group.isEmpty }) else { return "" }
    var spans: [(name: String, count: Int)] = []
    for column in table.columns {
      if let last = spans.last, last.name == column.group {
        spans[spans.count - 1].count += 1
      } else {
        spans.append((column.group, 1))
      }
    }
    let cells = spans.map { span in
      span.name.isEmpty
        ? "<td colspan=\"\(span.count)\"></td>"
        : "<th class=\"g\" scope=\"colgroup\" colspan=\"\(span.count)\">"
          + "\(Markup.escape(span.name))</th>"
    }
    return "<tr class=\"groups\">\(cells.joined())</tr>"
  }

  /// Names and values under each other; entries without a value are left out.
  func facts(_ entries: [(name: String, value: String?)]) -> String {
    let rows = entries.compactMap { name, value in
      value.map { "<tr><th>\(Markup.escape(name))</th><td>\(Markup.escape($0))</td></tr>" }
    }
    return rows.isEmpty
      ? ""
      : "<div class=\"scroll\"><table class=\"facts\">\(rows.joined(separator: "\n"))</table></div>"
  }
}
