import ArgumentParser
import Foundation
import Outcrop

/// Which data set a command works on.
struct DatasetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The data set: `sample` (synthetic molecules, always there), a folder in TUDataset text, or a name such as ZINC below --data-dir.",
      valueName: "name|dir"))
  var dataset = "sample"

  @Option(
    name: .customLong("data-dir"),
    help: ArgumentHelp("The folder that holds data sets by name.", valueName: "dir"))
  var dataFolder: String?

  @Option(
    help: ArgumentHelp(
      "The file with the regression target, without prefix and .txt.", valueName: "name"))
  var target = "graph_attributes"

  /// Reads the data set.
  func load() throws -> GraphDataset {
    if dataset == "sample", dataFolder == nil { return SampleDataset.make() }
    return try TUDataset.read(folder(), options: TUDataset.Options(targetFile: target))
  }

  private func folder() throws -> String {
    if let dataFolder {
      let inside = dataFolder + "/" + dataset
      if isFolder(inside) { return inside }
      // The folder itself, where its name is the data set's.
      if URL(fileURLWithPath: dataFolder).lastPathComponent == dataset { return dataFolder }
      throw CommandError(
        "no data set `\(dataset)` in \(dataFolder)",
        hint:
          "expected a folder \(inside) with TUDataset text files; `outcrop doctor` lists what it finds"
      )
    }
    if isFolder(dataset) { return dataset }
    for place in [ProcessInfo.processInfo.environment["OUTCROP_DATA"], "data", "../shared/data"] {
      if let place, isFolder(place + "/" + dataset) { return place + "/" + dataset }
    }
    throw CommandError(
      "no data set `\(dataset)`",
      hint: "give a folder with --dataset DIR, or the folder above it with --data-dir DIR; "
        + "`--dataset sample` needs no files")
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
