import ArgumentParser
import Foundation
import Outcrop

/// Options for reading a data set of any format.
struct DatasetReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "TUDataset: the file with the labels, without prefix and .txt. By default graph_labels, else "
        + "the first graph_attributes file. CSV and node-link JSON: the columns with the labels, separated "
        + "by commas. By default label, labels, y, target or class.", valueName: "name"))
  var target: String?

  @Option(
    name: .customLong("data-split"),
    help: ArgumentHelp("OGB: the folder below `split`.", valueName: "name"))
  var splitName: String?

  @Option(
    name: .customLong("inverse-edges"),
    help: ArgumentHelp(
      "OGB, CSV, node-link JSON: automatic, add or keep. By default the inverse of every edge is added "
        + "if the files contain no inverse edges.", valueName: "when"))
  var inverseEdges = OGBDataset.InverseEdges.automatic

  @Option(
    help: ArgumentHelp(
      "OGB: the meaning of a single column of integer labels: automatic, classes or values.",
      valueName: "what"))
  var labels = OGBDataset.Labels.automatic

  @Option(
    name: .customLong("column"),
    help: ArgumentHelp(
      "CSV, node-link JSON: what a column holds: NAME=types, NAME=numbers or NAME=ignore. By default "
        + "words are types, decimal numbers numbers, and integers types where there are few. May be "
        + "repeated.", valueName: "name=use"))
  var columns: [ColumnAssignment] = []

  @Option(
    name: .customLong("node-table"),
    help: ArgumentHelp(
      "CSV: the table of nodes that belongs to a single table of edges.", valueName: "file"))
  var nodeTable: String?

  @Option(
    name: .customLong("graph-table"),
    help: ArgumentHelp(
      "CSV: the table of graphs that belongs to a single table of edges.", valueName: "file"))
  var graphTable: String?

  @Flag(
    name: .customLong("whole"),
    help: "Read all graphs, not only those that train.index, val.index and test.index select.")
  var isWhole = false

  /// Throws for an option that does not apply to data of `format`, which is nil for the embedded data set.
  func check(_ format: DatasetFormat?) throws {
    let given: [(option: String, isGiven: Bool, formats: [DatasetFormat])] = [
      ("--target", target != nil, DatasetFormat.allCases.filter(\.takesTarget)),
      ("--data-split", splitName != nil, [.ogbGraphs]),
      ("--inverse-edges", inverseEdges != .automatic, [.ogbGraphs, .csv, .nodeLink]),
      ("--column", !columns.isEmpty, [.csv, .nodeLink]),
      ("--node-table", nodeTable != nil, [.csv]), ("--graph-table", graphTable != nil, [.csv]),
      ("--labels", labels != .automatic, [.ogbGraphs]),
      ("--whole", isWhole, [.tuDataset, .jsonLines]),
    ]
    for (option, isGiven, formats) in given
    where isGiven && !(format.map { formats.contains($0) } ?? false) {
      let titles = formats.dropLast().map(\.title).joined(separator: ", ")
      let last = formats[formats.count - 1].title
      throw ValidationError(
        "\(option): found \(format?.title ?? "the embedded data set"), expected "
          + (titles.isEmpty
            ? "\(last), the only format of this option"
            : "\(titles) or \(last), the formats of this option"))
    }
  }

  /// Reads the data set at `path`, or the embedded data set for the path `sample`: a `GraphDataset` or a
  /// `SingleGraphDataset`.
  func read(_ path: String) throws -> any ExampleDataset {
    // A folder of that name takes precedence.
    if path == "sample", !DataFolders.exists(path) {
      try check(nil)
      return SampleDataset.make()
    }
    var options = GraphDataset.ReadOptions(
      targetFile: target, split: splitName, inverseEdges: inverseEdges,
      labels: labels, usesIndexFiles: !isWhole)
    for assignment in columns {
      guard options.columns.updateValue(assignment.use, forKey: assignment.name) == nil else {
        throw ValidationError("--column: found \(assignment.name) twice, expected every name once")
      }
    }
    let meta = try MetaFile(folder: path)
    if var files = try meta?.files ?? CSVDataset.Files(at: path),
      try meta != nil || DatasetFormat.detect(path) == .csv
    {
      try check(.csv)
      if let nodeTable { files.nodes = [nodeTable] }
      if let graphTable { files.graphs = graphTable }
      options.name = meta?.name
      return try CSVDataset.read(files, in: path, options: options.tables)
    }
    if DataFolders.exists(path) { try check(DatasetFormat.detect(path)) }
    return try GraphDataset.readExamples(from: path, options: options)
  }
}

/// What a column holds: `NAME=types` and so on.
struct ColumnAssignment: ExpressibleByArgument {
  let name: String
  let use: ColumnUse

  init?(argument: String) {
    guard let place = argument.lastIndex(of: "="), place > argument.startIndex,
      let use = ColumnUse(rawValue: String(argument[argument.index(after: place)...]))
    else { return nil }
    (name, self.use) = (String(argument[..<place]), use)
  }
}

extension OGBDataset.InverseEdges: ExpressibleByArgument {}
extension OGBDataset.Labels: ExpressibleByArgument {}

/// The choice of a command's data set.
struct DatasetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The data set: `sample` (embedded synthetic molecules), a folder with \(DatasetFormat.folderContents), a file of \(DatasetFormat.fileContents), or the name of a folder in --data-dir, such as ZINC.",
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

  /// Reads the data set. The neighbors of a large graph are sampled as `training` says; a graph that was
  /// read into memory is trained whole unless it says so.
  func load(
    for training: TrainingConfiguration = TrainingConfiguration()
  ) throws -> any ExampleDataset {
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
      let dataset = try reading.read(path)
      guard var single = dataset as? SingleGraphDataset else {
        try checkCacheFolder("a data set of many graphs")
        return dataset
      }
      try checkCacheFolder("a graph that is read into memory")
      if single.targetCount == 0 {
        throw InputError(
          file: path, found: "a graph whose nodes have no labels", expected: "labels to train on",
          hint:
            "add a column `label` to the table of nodes, or name another column with --target; give the "
            + "table of a single list of edges with --node-table")
      }
      if training.samplesNeighbors { single.fanOuts = training.fanOuts }
      return single
    }
    try reading.check(.ogbNodes)
    let nodes = try NodeDataset.read(
      path,
      options: NodeDataset.Options(cacheFolder: cacheFolder, progress: { Console.note($0) }))
    return SampledDataset(nodes, fanOuts: training.fanOuts)
  }

  /// Tells the user where the data are from and what their reader decided, and warns of labels from which
  /// nothing can be learned.
  func describe(
    _ dataset: some ExampleDataset,
    in splits: [GraphDataset.Split] = GraphDataset.Split.allCases
  ) {
    Console.note("data       \(dataset.sourceDescription)")
    for caution in (dataset as? GraphDataset)?.cautions(in: splits) ?? [] {
      Console.note("warning: \(caution)")
    }
  }

  private func path() throws -> String {
    if let dataFolder {
      if let found = DataFolders.find(dataset, in: [dataFolder]) { return found }
      throw InputError(
        .missing, file: dataFolder, found: "no data set `\(dataset)`", expected: "",
        hint: "expected a folder \(dataFolder)/\(dataset) with \(DatasetFormat.folderContents); "
          + "`outcrop doctor` lists what it finds")
    }
    if DataFolders.exists(dataset) { return dataset }
    if let found = try DataFolders.find(dataset, in: DataFolders.usual()) { return found }
    throw InputError(
      .missing, file: "--dataset", found: "no data set `\(dataset)`", expected: "",
      hint: "give a folder with --dataset DIR, or the folder above it with --data-dir DIR; "
        + "`--dataset sample` needs no files")
  }
}
