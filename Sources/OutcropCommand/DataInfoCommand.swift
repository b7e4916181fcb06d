import ArgumentParser
import Foundation
import Outcrop

struct DataInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Count and describe the graphs of a data set.",
    discussion: """
      Prints what a model has to know (task, vocabularies) and, for each split, sizes, degrees, \
      edge types, features and labels. TUDataset text, OGB files (raw/edge.csv.gz, …) and JSON lines \
      are told apart by their files. Data without splits are split 80/10/10 at random.

      EXAMPLES
        outcrop data info ../data/ZINC
        outcrop data info ../data/ZINC --target graph_attributes_gcpn
        outcrop data info ../data/ogbg_moltox21
        outcrop data info ../data/MUTAG --json
        outcrop data info graphs.jsonl.gz
        outcrop data info sample
      """)

  @Argument(
    help: ArgumentHelp(
      "A folder with TUDataset text, OGB files or JSON lines, a file of JSON lines, or `sample`, the "
        + "embedded synthetic molecules.", valueName: "path"))
  var dataset: String

  @OptionGroup var reading: DatasetReadingOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    if NodeDataset.isPresent(at: dataset) { return try describeNodes() }
    let dataset = try reading.read(dataset)
    let summary = DatasetSummary(
      dataset, labelNames: OGBDataset.labelNames(self.dataset, count: dataset.targetCount))
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(summary), as: UTF8.self))
    } else {
      print(summary.table, terminator: "")
    }
  }
}
