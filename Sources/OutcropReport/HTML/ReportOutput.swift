/// Collects the parts of a report while its page is assembled: the figures and tables that become files, and
/// the headings.
final class ReportOutput {
  private(set) var figures: [(name: String, figure: SVGFigure)] = []
  private(set) var tables: [(name: String, table: DataTable)] = []
  private(set) var headings: [(id: String, title: String, depth: Int)] = []
  /// The prefix of file names, e.g. the number of the results.
  private var prefix = ""
  private var used: Set<String> = []
  /// The remaining bytes of drawings for the page, for the current results, and for further seeds and layers
  /// of the current results.
  private var total = 3_500_000
  private var room = 3_500_000
  private var detailRoom = 2_200_000

  /// Starts the next of `count` remaining results. Each has an equal share of the remaining bytes.
  func begin(_ prefix: String, of count: Int) {
    self.prefix = prefix
    room = total / max(1, count)
    detailRoom = room / 2
  }

  /// The drawing for the page; nil if the page is full. The drawing is written to a file in any case.
  func add(_ figure: SVGFigure, isDetail: Bool = false) -> String? {
    figures.append((unique(figure.title), figure))
    let drawing = figure.bare
    let size = drawing.utf8.count
    guard size <= room, !isDetail || size <= detailRoom else { return nil }
    room -= size
    total -= size
    if isDetail { detailRoom -= size }
    return drawing
  }

  /// The name of the table's file.
  func add(_ table: DataTable, name: String) -> String {
    tables.append((unique(name), table))
    return tables[tables.count - 1].name
  }

  /// The heading's anchor.
  func add(heading: String, depth: Int) -> String {
    let id = unique("s-" + heading)
    headings.append((id, heading, depth))
    return id
  }

  /// A unique name for files and anchors, of lower-case letters, digits and hyphens.
  private func unique(_ title: String) -> String {
    let base = Self.slug(prefix + title)
    var name = base
    var number = 2
    while !used.insert(name).inserted {
      name = "\(base)-\(number)"
      number += 1
    }
    return name
  }

  static func slug(_ title: String) -> String {
    let words = title.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
    let name = words.joined(separator: "-").prefix(80)
    return name.isEmpty ? "untitled" : String(name)
  }
}
