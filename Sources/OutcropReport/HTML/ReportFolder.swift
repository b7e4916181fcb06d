import Foundation

/// A folder whose files a report replaces. It keeps a list of what it wrote, so that it takes away what
/// an earlier report left and nothing else.
struct ReportFolder {
  let url: URL
  private var list: URL { url.appendingPathComponent(".report-files") }

  init(_ url: URL) { self.url = url }

  func replace(with files: [(name: String, content: String)]) throws -> [URL] {
    let old = (try? String(contentsOf: list, encoding: .utf8)) ?? ""
    if files.isEmpty, old.isEmpty { return [] }
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw ReportError.unwritable(file: url.path, reason: error.localizedDescription)
    }
    let names = Set(files.map(\.name))
    // Both old and new until all are written: an interruption leaves nothing unknown behind.
    let known = Set(old.split(separator: "\n").map(String.init)).filter {
      !$0.contains("/") && !$0.hasPrefix(".") && ($0.hasSuffix(".svg") || $0.hasSuffix(".csv"))
    }
    try write(known.union(names))
    let urls = try files.map { name, content in
      let file = url.appendingPathComponent(name)
      try AtomicFile.write(Data(content.utf8), to: file)
      return file
    }
    for name in known.subtracting(names) {
      try? FileManager.default.removeItem(at: url.appendingPathComponent(name))
    }
    try write(names)
    return urls
  }

  private func write(_ names: Set<String>) throws(ReportError) {
    let text = names.sorted().map { $0 + "\n" }.joined()
    try AtomicFile.write(Data(text.utf8), to: list)
  }
}
