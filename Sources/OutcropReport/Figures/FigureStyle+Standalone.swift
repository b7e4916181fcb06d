extension FigureStyle {
  /// A drawing of ``SVGCanvas`` with all colors written out.
  static func standalone(_ svg: String, _ width: Double, _ height: Double) -> String {
    // Elements declare how the colors of runs are used; see `inline`.
    let rules = rules.replacing("var(--l,var(--c))", with: "none")
      .replacing("var(--c)", with: "none")
    let style =
      "<style>.of{font-family:Roboto,\"Noto Sans\",\"DejaVu Sans\",Helvetica,Arial,sans-serif}"
      + "\n\(resolved(rules))</style>"
      + "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
    let size =
      "width=\"\(SVGCanvas.coordinate(width))\" height=\"\(SVGCanvas.coordinate(height))\" viewBox="
    let parts = withoutTips(svg).replacing("<style>\(css)</style>", with: style)
      .split(separator: " style=\"", omittingEmptySubsequences: false)
    var result = String(parts[0].replacing("viewBox=", with: size, maxReplacements: 1))
    for part in parts.dropFirst() {
      let end = part.firstIndex(of: "\"") ?? part.endIndex
      let classes = className(before: result)
      result += " style=\"\(inline(part[..<end], classes: classes))"
      result += part[end...]
    }
    return result
  }

  /// Editors know no attributes of pages.
  private static func withoutTips(_ svg: String) -> String {
    let parts = svg.split(separator: tipStart, omittingEmptySubsequences: false)
    return String(parts[0])
      + parts.dropFirst().map { $0.drop { $0 != "\"" }.dropFirst() }.joined()
  }

  /// The classes of the last element in the text.
  private static func className(before text: String) -> [Substring] {
    guard let start = text.lastIndex(of: "<") else { return [] }
    let element = text[start...]
    guard let found = element.firstRange(of: "class=\"") else { return [] }
    return element[found.upperBound...].prefix { $0 != "\"" }.split(separator: " ")
  }

  /// Replaces declarations of `--c` with the properties for which the element's classes use it.
  private static func inline(_ style: Substring, classes: [Substring]) -> String {
    var declarations: [String] = []
    for declaration in style.split(separator: ";") {
      if declaration.hasPrefix("--d:") { continue }
      guard declaration.hasPrefix("--c:") else {
        declarations.append(String(declaration))
        continue
      }
      let color = declaration.dropFirst(4)
      if classes.contains("line") || classes.contains("ring") {
        declarations.append("stroke:\(color)")
      }
      if classes.contains("mark") || classes.contains("area") {
        declarations.append("fill:\(color)")
      }
    }
    return resolved(declarations.joined(separator: ";"))
  }

  private static func resolved(_ text: String) -> String {
    light.reduce(text) { $0.replacing("var(\($1.name))", with: $1.value) }
  }
}
