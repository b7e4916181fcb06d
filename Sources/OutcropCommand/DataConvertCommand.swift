import ArgumentParser
import Foundation
import Outcrop

struct DataConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a data set of any format as TUDataset text, JSON lines or CSV.",
    discussion: """
      The new folder holds the splits train, val and test, and dataset.json with the data that the \
      format cannot hold (vocabularies, class values, source). The command reads the folder back and \
      compares its checksum. TUDataset text cannot hold an empty split, a graph without nodes, or a \
      missing regression label; JSON lines can. One graph with labeled nodes can be written as CSV alone.

      EXAMPLES
        outcrop data convert ../data/ogbg_moltox21 tox21 --format jsonl
        outcrop data convert graphs.jsonl.gz graphs --format tu
        outcrop data convert karate.json karate --target club --format csv
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case tu, jsonl, csv }

  @Argument(
    help: ArgumentHelp(
      "A folder with \(DatasetFormat.folderContents), a file of \(DatasetFormat.fileContents), or `sample`.",
      valueName: "from"))
  var source: String

  @Argument(help: ArgumentHelp("The folder to make.", valueName: "to"))
  var target: String

  @Option(
    help: ArgumentHelp("tu (TUDataset text), jsonl (JSON lines) or csv (CSV).", valueName: "format")
  )
  var format: Format

  @OptionGroup var reading: DatasetReadingOptions

  @Flag(help: "Replace a data set that this program wrote.")
  var overwrite = false

  func run() throws {
    try Outputs.checkFolder(target)
    let dataset = try reading.read(source)
    if let single = dataset as? SingleGraphDataset { return try convert(single) }
    guard let dataset = dataset as? GraphDataset else { return }
    Console.note("writing \(dataset.graphCount) graphs of \(dataset.name) to \(target)")
    switch format {
    case .tu: try TUDataset.write(dataset, to: target, overwrite: overwrite)
    case .jsonl: try JSONLinesDataset.write(dataset, to: target, overwrite: overwrite)
    case .csv: try CSVDataset.write(dataset, to: target, overwrite: overwrite)
    }
    try compare(dataset, with: GraphDataset.read(from: target))
    print(
      "\(target): \(dataset.train.count) + \(dataset.validation.count) + \(dataset.test.count) "
        + "graphs, checksum \(dataset.checksum)")
  }

  private func convert(_ dataset: SingleGraphDataset) throws {
    guard format == .csv else {
      throw InputError(
        .unsupported, file: source, found: "one graph, whose nodes may have labels",
        expected: "a data set of graphs for the format \(format.rawValue)",
        hint: "--format csv takes one graph")
    }
    Console.note("writing the graph of \(dataset.name) to \(target)")
    try CSVDataset.write(dataset, to: target, overwrite: overwrite)
    try compare(dataset, with: GraphDataset.readExamples(from: target))
    print("\(target): \(dataset.graph.nodeCount) nodes, checksum \(dataset.checksum)")
  }

  /// Throws where what was read back differs from what was written.
  private func compare(_ dataset: some ExampleDataset, with found: some ExampleDataset) throws {
    guard found.checksum == dataset.checksum, found.task == dataset.task,
      found.nodeVocabularies == dataset.nodeVocabularies,
      found.edgeVocabularies == dataset.edgeVocabularies
    else {
      throw CommandError(
        "\(target): the written data set differs from the source (found checksum \(found.checksum), expected "
          + "\(dataset.checksum))",
        hint: "this is a defect of this program or of the disk; do not use the new folder")
    }
  }
}
