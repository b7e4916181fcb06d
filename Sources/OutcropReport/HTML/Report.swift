import Foundation
import OutcropCore

/// The report of one or several studies: a self-contained HTML page, each figure and table as a file, and
/// the results as JSON.
public enum Report {
  /// The paths of the files that were written.
  public struct Files: Sendable, Equatable {
    /// `results.json`; nil in a report of several results, which already are files.
    public var json: String?
    /// `report.html`.
    public var html: String
    /// `figures/NAME.svg`, in the order of the page.
    public var figures: [String]
    /// `tables/NAME.csv`, in the order of the page.
    public var tables: [String]
  }

  /// The report as one self-contained page: styles and figures are embedded and nothing is loaded. A
  /// short script makes the tables sortable; the page also works without scripts. It is readable on a phone,
  /// in print and in dark mode. Figures that would make the page larger than about 5 MB are omitted, and the
  /// page states how many; figures of further seeds and layers are omitted first.
  public static func html(_ results: StudyResults) -> String { html([results]) }

  /// One page for several results: their comparison, then each of them.
  ///
  /// - Parameters:
  ///   - results: the results.
  ///   - sources: the files of the results, which the page lists.
  public static func html(_ results: [StudyResults], sources: [String] = []) -> String {
    ReportPage(results, sources: sources).html
  }

  /// Writes `results.json`, `report.html`, `figures/*.svg` and `tables/*.csv` into a folder, which is
  /// created if missing.
  ///
  /// Each file is either complete or absent: it is written under another name, synced and renamed. Existing
  /// files of these names are replaced; figures and tables of an earlier report in the folder are removed.
  ///
  /// - Throws: `InputError` when the folder or a file can't be written.
  @discardableResult
  public static func write(_ results: StudyResults, to folder: String) throws -> Files {
    let file = try writeResults(results, to: folder)
    var files = try write([results], to: folder)
    files.json = file
    return files
  }

  /// Writes `results.json` alone, such as that of a study in progress, and returns its path.
  @discardableResult
  public static func writeResults(_ results: StudyResults, to folder: String) throws -> String {
    try SystemFiles.createFolder(folder)
    let file = folder + "/results.json"
    try AtomicFile.write(results.json(), to: file)
    return file
  }

  /// Throws `InputError` when a report cannot be written into a folder: before the work whose results it
  /// shows. Creates the folder if missing; files that are there stay as they are.
  public static func check(_ folder: String) throws {
    try SystemFiles.createFolder(folder)
    FileRemains.remove(in: folder)
    for name in ["results.json", "report.html"] { _ = try AtomicFile(path: "\(folder)/\(name)") }
    for name in ["figures", "tables"] { try ReportFolder("\(folder)/\(name)").check() }
  }

  /// Writes the same files without `results.json`, for one or several results.
  ///
  /// - Parameters:
  ///   - results: the results.
  ///   - sources: the files of the results, which the page lists.
  ///   - folder: the folder for the files, which is created if missing.
  @discardableResult
  public static func write(
    _ results: [StudyResults], sources: [String] = [], to folder: String
  ) throws -> Files {
    try SystemFiles.createFolder(folder)
    let page = ReportPage(results, sources: sources)
    let html = folder + "/report.html"
    try AtomicFile.write(Data(page.html.utf8), to: html)
    let figures = try ReportFolder(folder + "/figures").replace(
      with: page.output.figures.map { ("\($0.name).svg", $0.figure.document) })
    let tables = try ReportFolder(folder + "/tables").replace(
      with: page.output.tables.map { ("\($0.name).csv", $0.table.csv) })
    return Files(json: nil, html: html, figures: figures, tables: tables)
  }
}
