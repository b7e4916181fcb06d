import ArgumentParser
import Foundation
import Outcrop

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the report again from results, or compare several results.",
    discussion: """
      Takes files of results (results.json) of this version's schema, or folders that hold one. \
      Several are compared first: a table of all models, data sets and arms, untrained against \
      trained, and what differs between them. Files with the same model, settings and data but \
      other seeds are taken together. A folder with the parts of `--shard` or of mpirun (part-1-of-4, \
      …) counts as one result, which is written to results.json. Writes report.html, figures as SVG and tables as CSV; the \
      results stay as they are. --median shows one of the medians that the results hold.

      EXAMPLES
        outcrop report zinc-study
        outcrop report zinc-study tox21-study --output comparison
        outcrop report outcrop-sweep --output outcrop-sweep
      """)

  @Argument(help: ArgumentHelp("Results, or folders that contain results.json.", valueName: "file"))
  var files: [String]

  @Option(
    help: ArgumentHelp("The folder for report.html, figures and tables.", valueName: "dir"))
  var output = "outcrop-report"

  @OptionGroup var median: MedianArguments
  @OptionGroup var result: ResultArguments

  func run() throws {
    /// The folders of the parts of each result that has some.
    var parts: [String: [String]] = [:]
    let paths = try files.map { path in
      let folders = try RunPart.folders(in: path)
      if !folders.isEmpty {
        parts[path] = folders
        return path
      }
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      return exists && isFolder.boolValue ? path + "/results.json" : path
    }
    // All results are read before anything is written.
    let results = try paths.map { path in
      let all =
        try parts[path].map { try StudyResults.merged(partFolders: $0) }
        ?? StudyResults(path: path)
      let medians = median.median.medians
        .filter { all.medians.contains($0) }
      if medians.isEmpty {
        throw InputError(
          .missing, file: path, field: "--median",
          found: "no results by the \(median.median.rawValue) median",
          expected: "the \(all.medians.map(\.name).joined(separator: ", "))")
      }
      var shown = all
      if let unfinished = all.unfinished {
        let folder = parts[path] == nil ? SystemFiles.parent(of: path) : path
        shown.unfinished = try unfinished.map { try Self.withProgress($0, in: folder) }
      }
      shown.medians = medians
      shown.interventions = all.interventions?.filter { medians.contains($0.median) }
      shown.calibrations = all.calibrations?.filter { medians.contains($0.median) }
      shown.dynamics = all.dynamics?.filter { medians.contains($0.median) }
      shown.distributions = all.distributions?.filter { medians.contains($0.median) }
      return shown
    }
    let isMerged = results.count == 1 && !parts.isEmpty
    let written =
      try isMerged
      ? Report.write(results[0], to: output)
      : Report.write(results, sources: paths, to: output)
    for one in results {
      if let sentence = one.progressSentence { print("study in progress: \(sentence)") }
      if results.count > 1, let data = one.dataset?.name {
        print("\(one.model?.name ?? "activations") on \(data)")
      }
      Console.show(one, isVerbose: result.verbose)
    }
    if let json = written.json { print("results  \(json)") }
    print("report   \(written.html)")
    print("figures  \(written.figures.count) in \(output)/figures")
    print("tables   \(written.tables.count) in \(output)/tables")
    if result.open { Desktop.open(written.html) }
  }

  /// A model of a study in progress with the epochs that its checkpoint has.
  private static func withProgress(
    _ model: StudyResults.Unfinished, in folder: String
  ) throws -> StudyResults.Unfinished {
    var model = model
    guard let checkpoint = model.checkpoint else { return model }
    let path = "\(folder)/\(checkpoint)"
    guard FileManager.default.fileExists(atPath: path) else { return model }
    model.reached = EpochRecord.history(checkpoint: try SafetensorsFile(path: path))?.count
    return model
  }
}
