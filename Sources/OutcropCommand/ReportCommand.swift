import ArgumentParser
import Foundation
import Outcrop

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the report again from results, or compare several results.",
    discussion: """
      Reads files of results (results.json) of this version's schema, or folders that contain one. \
      The report on several files begins with a comparison: a table of all models, data sets and arms, \
      untrained and trained, and their differences. Files with the same model, settings and data but \
      other seeds are combined. Writes report.html, figures as SVG and tables as CSV; the results are not \
      changed. --median shows only one of the medians in the results.

      EXAMPLES
        outcrop report zinc-study
        outcrop report zinc-study tox21-study --output comparison
      """)

  @Argument(help: ArgumentHelp("Results, or folders that contain results.json.", valueName: "file"))
  var files: [String]

  @Option(
    help: ArgumentHelp("The folder for report.html, figures and tables.", valueName: "dir"))
  var output = "outcrop-report"

  @OptionGroup var median: MedianArguments

  func run() throws {
    let paths = files.map { path in
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      return exists && isFolder.boolValue ? path + "/results.json" : path
    }
    // All results are read before anything is written.
    let results = try paths.map { path in
      let all = try StudyResults(path: path)
      let medians = median.median.medians.map { StudyResults.MedianKind($0) }
        .filter { all.medians.contains($0) }
      if medians.isEmpty {
        throw InputError(
          .missing, file: path, field: "--median",
          found: "no results by the \(median.median.rawValue) median",
          expected: "the \(all.medians.map(\.name).joined(separator: ", "))")
      }
      var shown = all
      shown.medians = medians
      return shown
    }
    let written = try Report.write(results, sources: paths, to: output)
    for one in results {
      if results.count > 1, let data = one.dataset?.name {
        print("\(one.model?.name ?? "activations") on \(data)")
      }
      for sentence in Findings.sentences(one) { print(sentence) }
      print("")
    }
    print("report   \(written.html)")
    print("figures  \(written.figures.count) in \(output)/figures")
    print("tables   \(written.tables.count) in \(output)/tables")
  }
}
