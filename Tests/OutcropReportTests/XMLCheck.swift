import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads XML with the system's parser and collects what tests ask for.
final class XMLCheck: NSObject, XMLParserDelegate {
  private(set) var error: String?
  private(set) var elements: [String: Int] = [:]
  private(set) var texts: [String: [String]] = [:]
  private(set) var attributes: [String] = []
  private var open: [String] = []

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    let isParsed = parser.parse()
    if error == nil, !isParsed || !open.isEmpty {
      error = parser.parserError.map { "\($0)" } ?? "not well-formed, open: \(open)"
    }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes found: [String: String]
  ) {
    elements[name, default: 0] += 1
    open.append(name)
    texts[name, default: []].append("")
    attributes += found.values
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    // The parser of some Foundations lets this pass.
    if open.last != name { error = "</\(name)> closes <\(open.last ?? "")>" }
    _ = open.popLast()
  }

  func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
    if error == nil { error = "line \(parser.lineNumber): \(parseError)" }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    guard let name = open.last, let last = texts[name]?.indices.last else { return }
    texts[name]?[last] += string
  }
}
