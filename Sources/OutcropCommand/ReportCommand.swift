import ArgumentParser
import Foundation
import Outcrop

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Make the report anew from results, one or several side by side.",
    discussion: """
      Takes files of results (results.json) of this version's schema, or folders that hold one. \
      Several are compared first: a table of all models, data sets and arms, untrained against \
      trained, and what differs between them. Files with the same model, settings and data but \
      other seeds are taken together. Writes report.html, figures as SVG and tables as CSV; the \
      results stay as they are.

      EXAMPLES
        outcrop report zinc-study
        outcrop report zinc-study tox21-study --output comparison
      """)

  @Argument(help: ArgumentHelp("Results, or folders that hold results.json.", valueName: "file"))
  var files: [String]

  @Option(
    help: ArgumentHelp("The folder for report.html, figures and tables.", valueName: "dir"))
  var output = "outcrop-report"

  func run() throws {
    let paths = files.map { path in
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      return exists && isFolder.boolValue ? path + "/results.json" : path
    }
    // All are read before anything is written.
    let results = try paths.map { try StudyResults(contentsOf: URL(fileURLWithPath: $0)) }
    let written = try Report.write(results, sources: paths, to: URL(fileURLWithPath: output))
    for one in results {
      if results.count > 1, let data = one.dataset?.name {
        print("\(one.model?.name ?? "activations") on \(data)")
      }
      for sentence in Summary.sentences(one) { print(sentence) }
      print("")
    }
    print("report   \(written.html.path)")
    print("figures  \(written.figures.count) in \(output)/figures")
    print("tables   \(written.tables.count) in \(output)/tables")
  }
}
