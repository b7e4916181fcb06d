/// The elements of all sections.
struct HTMLParts {
  let output: ReportOutput
  /// The level of section headings: 2 on a page of one result, 3 below the headings of several results.
  let level: Int

  func heading(_ text: String, link: String? = nil) -> String {
    let id = output.add(heading: link ?? text, depth: level)
    return "<h\(level) id=\"\(id)\">\(Markup.escape(text))</h\(level)>"
  }

  /// The heading of a question's section; links to it are shorter.
  func heading(_ question: Question) -> String {
    heading(question.title, link: question.link)
  }

  /// The sentence of the first screen. On a page of several results the page has its own.
  func headline(_ text: String) -> String {
    level == 2
      ? "<h1>\(Markup.escape(text))</h1>"
      : "<p class=\"headline\">\(Markup.escape(text))</p>"
  }

  /// The numbers of the first screen.
  func keys(_ numbers: [Headline.Number]) -> String {
    guard !numbers.isEmpty else { return "" }
    let items = numbers.map { number in
      let values = number.values.map { value in
        let rest = [value.interval, value.unit].filter { !$0.isEmpty }
          .map { "<span>\(Markup.escape($0))</span>" }.joined(separator: " ")
        return "<dd><b>\(Markup.escape(value.text))</b> \(rest)</dd>"
      }
      let note = number.note.isEmpty ? "" : "<dd class=\"x\">\(Markup.escape(number.note))</dd>"
      return "<div><dt>\(Markup.escape(number.label))</dt>\(values.joined())\(note)</div>"
    }
    return "<dl class=\"keys\">\(items.joined(separator: "\n"))</dl>"
  }

  /// Where the links to the sections go.
  var contents: String { level == 2 ? Self.contentsMark : "" }

  static let contentsMark = "<nav></nav>"

  func subheading(_ text: String) -> String {
    "<h\(level + 1)>\(Markup.escape(text))</h\(level + 1)>"
  }

  func paragraph(_ text: String, class name: String = "") -> String {
    "<p\(name.isEmpty ? "" : " class=\"\(name)\"")>\(Markup.escape(text))</p>"
  }

  func list(_ texts: [String]) -> String {
    texts.isEmpty
      ? ""
      : "<ul class=\"summary\">\n"
        + texts.map { "<li>\(Markup.escape($0))</li>" }.joined(separator: "\n") + "\n</ul>"
  }

  func details(_ title: String, _ content: String) -> String {
    content.isEmpty
      ? "" : "<details><summary>\(Markup.escape(title))</summary>\(content)</details>"
  }

  /// The figure of the first screen, drawn for wide and for narrow windows.
  func figure(_ panels: (wide: [SVGFigure], narrow: [SVGFigure]), isOpening: Bool) -> String {
    func drawings(_ figures: [SVGFigure]) -> String {
      figures.compactMap { figure in
        output.add(figure).map {
          "<div style=\"max-width:\(Int(figure.width * 1.06))px\">\($0)</div>"
        }
      }.joined()
    }
    let wide = drawings(panels.wide)
    guard !wide.isEmpty else { return "" }
    guard !panels.narrow.isEmpty else { return "<figure class=\"hero\">\(wide)</figure>" }
    return "<figure class=\"hero\"><div class=\"wide\">\(wide)</div>"
      + "<div class=\"narrow\">\(drawings(panels.narrow))</div></figure>"
  }

  /// A figure of one or several panels and its caption.
  ///
  /// - Parameters:
  ///   - caption: the caption as HTML.
  ///   - isDetail: whether the figure is among the first to be omitted if the page would become too large.
  func figure(_ panels: [SVGFigure], caption: String, isDetail: Bool = false) -> String {
    guard !panels.isEmpty else { return "" }
    var missing = 0
    let drawings = panels.compactMap { panel -> String? in
      guard let drawing = output.add(panel, isDetail: isDetail) else {
        missing += 1
        return nil
      }
      let style = "max-width:\(Int(panel.width * 1.06))px"
      return "<div class=\"panel\"><div style=\"\(style)\">\(drawing)</div></div>"
    }
    let note =
      missing == 0
      ? ""
      : paragraph(
        "\(Findings.count(missing, "figure")) \(drawings.isEmpty ? "" : "more ")"
          + "\(missing == 1 ? "is" : "are") only in the folder figures, because this page would become too "
          + "large.", class: "note")
    guard !drawings.isEmpty else { return note }
    return "<figure><div class=\"panels\">\(drawings.joined(separator: "\n"))</div>"
      + "<figcaption>\(caption)</figcaption></figure>" + note
  }

  /// A sortable table, which is also written to a file of this name.
  func table(_ table: DataTable, name: String) -> String {
    guard !table.rows.isEmpty else { return "" }
    let file = output.add(table, name: name)
    if table.rows.count > Self.rowLimit {
      return paragraph(
        "\(NumberText.grouped(table.rows.count)) lines: tables/\(file).csv.", class: "note")
    }
    let titles = table.columns.map { column in
      "<th scope=\"col\"\(column.isText ? "" : " class=\"n\"")>\(Markup.escape(column.title))</th>"
    }
    let head = groups(table) + "<tr>\(titles.joined())</tr>"
    let body = table.rows.enumerated().map { index, row in
      let cells = table.columns.indices.map { column in
        let cell = row[column]
        if table.columns[column].isText {
          // Short names stay on one line; sentences have a minimum width on narrow screens.
          let name = cell.text.count <= 22 ? "t" : cell.text.count > 60 ? "p" : ""
          return "<td\(name.isEmpty ? "" : " class=\"\(name)\"")>\(Markup.escape(cell.text))</td>"
        }
        return "<td class=\"n\" data-v=\"\(DataTable.short(cell.key))\">"
          + "\(Markup.escape(cell.text))</td>"
      }
      return "<tr\(table.strong.contains(index) ? " class=\"on\"" : "")>\(cells.joined())</tr>"
    }
    return "<div class=\"scroll\"><table class=\"sort\"><thead>\(head)</thead><tbody>\n"
      + body.joined(separator: "\n") + "\n</tbody></table></div>"
  }

  /// Longer tables are only in files.
  private static var rowLimit: Int { 400 }

  /// The header row above the titles, for columns with shared headings.
  private func groups(_ table: DataTable) -> String {
    guard table.columns.contains(where: { !$0.group.isEmpty }) else { return "" }
    var spans: [(name: String, count: Int, isText: Bool)] = []
    for column in table.columns {
      if let last = spans.last, last.name == column.group {
        spans[spans.count - 1].count += 1
      } else {
        spans.append((column.group, 1, column.isText))
      }
    }
    let cells = spans.map { span in
      span.name.isEmpty
        ? "<td colspan=\"\(span.count)\"></td>"
        : "<th class=\"g\(span.isText ? " w" : "")\" scope=\"colgroup\" colspan=\"\(span.count)\">"
          + "\(Markup.escape(span.name))</th>"
    }
    return "<tr class=\"groups\">\(cells.joined())</tr>"
  }

  /// A two-column table of names and values; entries without a value are omitted.
  func facts(_ entries: [(name: String, value: String?)]) -> String {
    let rows = entries.compactMap { name, value in
      value.map {
        "<tr><th scope=\"row\">\(Markup.escape(name))</th><td>\(Markup.escape($0))</td></tr>"
      }
    }
    return rows.isEmpty
      ? ""
      : "<div class=\"scroll\"><table class=\"facts\">\(rows.joined(separator: "\n"))</table></div>"
  }
}
