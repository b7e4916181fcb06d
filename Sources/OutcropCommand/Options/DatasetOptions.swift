import ArgumentParser
import Foundation
import Outcrop

/// How to read a data set of any format.
struct DatasetReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "TUDataset: the file with the labels, without prefix and .txt. By default graph_labels, else "
        + "the first graph_attributes file.", valueName: "name"))
  var target: String?

  @Option(
    name: .customLong("data-split"),
    help: ArgumentHelp("OGB: the folder below `split`.", valueName: "name"))
  var splitName: String?

  @Option(
    name: .customLong("inverse-edges"),
    help: ArgumentHelp(
      "OGB: automatic, add or keep. By default the inverse of every edge is added when none is in "
        + "the files.", valueName: "when"))
  var inverseEdges = OGBDataset.InverseEdges.automatic

  @Option(
    help: ArgumentHelp(
      "OGB: what one column of integer labels means: automatic, classes or values.",
      valueName: "what"))
  var labels = OGBDataset.Labels.automatic

  @Flag(
    name: .customLong("whole"),
    help: "Read all graphs although train.index, val.index and test.index pick some.")
  var isWhole = false

  /// Reads the data set at `path`, or the embedded one where `sample` is asked for.
  func read(_ path: String) throws -> GraphDataset {
    // A folder of that name is meant when it is there.
    if path == "sample", !DataFolders.exists(path) {
      if target != nil { throw ValidationError("--target: `sample` has one target only") }
      return SampleDataset.make()
    }
    return try GraphDataset.read(
      from: path,
      options: GraphDataset.ReadOptions(
        targetFile: target, split: splitName, inverseEdges: inverseEdges,
        labels: labels, usesIndexFiles: !isWhole))
  }
}

extension OGBDataset.InverseEdges: ExpressibleByArgument {}
extension OGBDataset.Labels: ExpressibleByArgument {}

/// Which data set a command works on.
struct DatasetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The data set: `sample` (synthetic molecules, always there), a folder with TUDataset text, OGB files or JSON lines, or a name such as ZINC below --data-dir.",
      valueName: "name|dir"))
  var dataset = "sample"

  @Option(
    name: .customLong("data-dir"),
    help: ArgumentHelp("The folder that holds data sets by name.", valueName: "dir"))
  var dataFolder: String?

  @OptionGroup var reading: DatasetReadingOptions

  @Option(
    name: .customLong("cache-dir"),
    help: ArgumentHelp(
      "Where the cache of a large graph goes; by default beside its files.", valueName: "dir"))
  var cacheFolder: String?

  /// Reads the data set; `fanOuts` says how neighbors of a large graph are sampled.
  func load(fanOuts: [Int] = TrainingConfiguration().fanOuts) throws -> any ExampleDataset {
    if dataset == "sample", dataFolder == nil { return SampleDataset.make() }
    let place = try place()
    guard NodeDataset.isPresent(at: place) else { return try reading.read(place) }
    let nodes = try NodeDataset.read(
      place,
      options: NodeDataset.Options(cacheFolder: cacheFolder, progress: { Console.note($0) }))
    return SampledDataset(nodes, fanOuts: fanOuts)
  }

  private func place() throws -> String {
    if let dataFolder {
      if let found = DataFolders.find(dataset, in: [dataFolder]) { return found }
      throw CommandError(
        "no data set `\(dataset)` in \(dataFolder)",
        hint: "expected a folder \(dataFolder)/\(dataset) with TUDataset text, OGB files or JSON "
          + "lines; `outcrop doctor` lists what it finds")
    }
    if DataFolders.exists(dataset) { return dataset }
    if let found = DataFolders.find(dataset, in: DataFolders.usual) { return found }
    throw CommandError(
      "no data set `\(dataset)`",
      hint: "give a folder with --dataset DIR, or the folder above it with --data-dir DIR; "
        + "`--dataset sample` needs no files")
  }
}
