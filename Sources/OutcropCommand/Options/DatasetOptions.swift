import ArgumentParser
import Foundation
import Outcrop

/// Options for reading a data set of any format.
struct DatasetReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "TUDataset: the file with the labels, without prefix and .txt. By default graph_labels if it "
        + "exists, otherwise the first graph_attributes file.", valueName: "name"))
  var target: String?

  @Option(
    name: .customLong("data-split"),
    help: ArgumentHelp("OGB: the folder below `split`.", valueName: "name"))
  var splitName: String?

  @Option(
    name: .customLong("inverse-edges"),
    help: ArgumentHelp(
      "OGB: automatic, add or keep. By default the inverse of every edge is added if the files "
        + "contain no inverse edges.", valueName: "when"))
  var inverseEdges = OGBDataset.InverseEdges.automatic

  @Option(
    help: ArgumentHelp(
      "OGB: the meaning of a single column of integer labels: automatic, classes or values.",
      valueName: "what"))
  var labels = OGBDataset.Labels.automatic

  @Flag(
    name: .customLong("whole"),
    help: "Read all graphs, not only those that train.index, val.index and test.index select.")
  var isWhole = false

  /// Throws for an option that does not apply to data of `format`, which is nil for the embedded data set.
  func check(_ format: DatasetFormat?) throws {
    let given: [(option: String, isGiven: Bool, formats: [DatasetFormat])] = [
      ("--target", target != nil, [.tuDataset]), ("--data-split", splitName != nil, [.ogbGraphs]),
      ("--inverse-edges", inverseEdges != .automatic, [.ogbGraphs]),
      ("--labels", labels != .automatic, [.ogbGraphs]),
      ("--whole", isWhole, [.tuDataset, .jsonLines]),
    ]
    for (option, isGiven, formats) in given
    where isGiven && !(format.map { formats.contains($0) } ?? false) {
      throw ValidationError(
        "\(option): found \(format?.title ?? "the embedded data set"), expected "
          + formats.map(\.title).joined(separator: " or ") + ", the only format of this option")
    }
  }

  /// Reads the data set at `path`, or the embedded data set for the path `sample`.
  func read(_ path: String) throws -> GraphDataset {
    // A folder of that name takes precedence.
    if path == "sample", !DataFolders.exists(path) {
      try check(nil)
      return SampleDataset.make()
    }
    if DataFolders.exists(path) { try check(DatasetFormat.detect(path)) }
    return try GraphDataset.read(
      from: path,
      options: GraphDataset.ReadOptions(
        targetFile: target, split: splitName, inverseEdges: inverseEdges,
        labels: labels, usesIndexFiles: !isWhole))
  }
}

extension OGBDataset.InverseEdges: ExpressibleByArgument {}
extension OGBDataset.Labels: ExpressibleByArgument {}

/// The choice of a command's data set.
struct DatasetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The data set: `sample` (embedded synthetic molecules), a folder with TUDataset text, OGB files or JSON lines, or the name of a folder in --data-dir, such as ZINC.",
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
      "The folder for the cache of a large graph. By default the graph's folder.", valueName: "dir")
  )
  var cacheFolder: String?

  /// Reads the data set. The neighbors of a large graph are sampled with `fanOuts`.
  func load(fanOuts: [Int] = TrainingConfiguration().fanOuts) throws -> any ExampleDataset {
    func checkCacheFolder(_ found: String) throws {
      if cacheFolder == nil { return }
      throw ValidationError("--cache-dir: found \(found), expected one large graph")
    }
    if dataset == "sample", dataFolder == nil {
      try reading.check(nil)
      try checkCacheFolder("the embedded data set")
      return SampleDataset.make()
    }
    let path = try path()
    guard NodeDataset.isPresent(at: path) else {
      try checkCacheFolder("a data set of many graphs")
      return try reading.read(path)
    }
    try reading.check(.ogbNodes)
    let nodes = try NodeDataset.read(
      path,
      options: NodeDataset.Options(cacheFolder: cacheFolder, progress: { Console.note($0) }))
    return SampledDataset(nodes, fanOuts: fanOuts)
  }

  /// Warns the user of labels from which nothing can be learned.
  func warn(
    of dataset: some ExampleDataset,
    in splits: [GraphDataset.Split] = GraphDataset.Split.allCases
  ) {
    for caution in (dataset as? GraphDataset)?.cautions(in: splits) ?? [] {
      Console.note("warning: \(caution)")
    }
  }

  private func path() throws -> String {
    if let dataFolder {
      if let found = DataFolders.find(dataset, in: [dataFolder]) { return found }
      throw InputError(
        .missing, file: dataFolder, found: "no data set `\(dataset)`", expected: "",
        hint: "expected a folder \(dataFolder)/\(dataset) with TUDataset text, OGB files or JSON "
          + "lines; `outcrop doctor` lists what it finds")
    }
    if DataFolders.exists(dataset) { return dataset }
    if let found = DataFolders.find(dataset, in: DataFolders.usual) { return found }
    throw InputError(
      .missing, file: "--dataset", found: "no data set `\(dataset)`", expected: "",
      hint: "give a folder with --dataset DIR, or the folder above it with --data-dir DIR; "
        + "`--dataset sample` needs no files")
  }
}
