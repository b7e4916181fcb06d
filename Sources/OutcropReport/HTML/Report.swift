import Foundation

/// The report of a study: one HTML page that needs nothing else, and the results as JSON.
public enum Report {
  /// The files that ``write(_:to:)`` made.
  public struct Files: Sendable, Equatable {
    /// `results.json`.
    public var json: URL
    /// `report.html`.
    public var html: URL
  }

  /// The report as one self-contained page: styles and figures are inside, nothing is loaded from
  /// anywhere, and there are no scripts. Readable on a phone, in print and in dark mode.
  public static func html(_ results: StudyResults) -> String {
    ReportPage(results).html
  }

  /// Writes `results.json` and `report.html` into a folder, which is created if missing.
  ///
  /// Each file is complete or not there: it is written under another name, synced and renamed.
  /// Files of these names are replaced.
  ///
  /// - Throws: ``ReportError`` when the folder or a file can't be written.
  @discardableResult
  public static func write(_ results: StudyResults, to folder: URL) throws -> Files {
    let files = Files(
      json: folder.appendingPathComponent("results.json"),
      html: folder.appendingPathComponent("report.html"))
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw ReportError.unwritable(file: folder.path, reason: error.localizedDescription)
    }
    let json: Data
    do {
      json = try results.json()
    } catch {
      throw ReportError.unwritable(file: files.json.path, reason: "\(error)")
    }
    try AtomicFile.write(json, to: files.json)
    try AtomicFile.write(Data(html(results).utf8), to: files.html)
    return files
  }
}
