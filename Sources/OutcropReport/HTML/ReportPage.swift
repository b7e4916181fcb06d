/// Assembles the page: one set of results, or a comparison of several followed by each of them.
struct ReportPage {
  let html: String
  let output = ReportOutput()

  init(_ results: [StudyResults], sources: [String] = []) {
    func source(_ index: Int) -> String? { index < sources.count ? sources[index] : nil }
    var content: String
    let title: String
    if results.count == 1 {
      title = StudyContent.title(results[0])
      let parts = HTMLParts(output: output, level: 2)
      content = StudyContent(results[0], parts: parts, source: source(0)).html
    } else {
      title = "Massive activations: \(NumberText.grouped(results.count)) results compared"
      content =
        ComparisonContent(
          results, parts: HTMLParts(output: output, level: 2)
        ).html
      for (index, one) in results.enumerated() {
        let name = "\(index + 1). \(StudyContent.title(one))"
        let id = output.add(heading: name, depth: 1)
        output.begin("\(index + 1)-", of: results.count - index)
        content += "<section><h2 id=\"\(id)\" class=\"study\">\(Markup.escape(name))</h2>"
        let parts = HTMLParts(output: output, level: 3)
        content += StudyContent(one, parts: parts, source: source(index)).html + "</section>"
      }
    }
    // The links are known only at the end.
    html = Self.page(
      title: title,
      content: content.replacing(
        HTMLParts.contentsMark, with: Self.contents(output.headings), maxReplacements: 1))
  }

  private static func page(title: String, content: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(Markup.escape(title))</title>
    <style>
    \(FigureStyle.css)
    \(ReportStyle.css)
    </style>
    </head>
    <body>
    <main>
    <p class="eyebrow">\(Markup.escape(title))</p>
    \(content)
    </main>
    <script>
    \(ReportScript.all)
    </script>
    </body>
    </html>

    """
  }

  /// Links to the sections or, on a page of several results, to the results.
  private static func contents(
    _ headings: [(id: String, title: String, depth: Int)]
  ) -> String {
    let least = headings.map(\.depth).min() ?? 2
    let shown = headings.filter { $0.depth == least || ($0.depth == 2 && least == 1) }
    guard shown.count > 2 else { return "" }
    let links = shown.map { "<a href=\"#\($0.id)\">\(Markup.escape($0.title))</a>" }
    return "<nav aria-label=\"Contents\">\(links.joined(separator: " "))</nav>"
  }
}
