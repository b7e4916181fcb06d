import ArgumentParser
import Foundation
import Outcrop

struct DataInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Count and describe the graphs of a data set.",
    discussion: """
      Prints the properties that a model depends on (task, vocabularies) and, for each split, sizes, \
      degrees, edge types, features and labels. The format is recognized by the \
      files. Data without splits are split 80/10/10 at \
      random.

      EXAMPLES
        outcrop data info ../data/ZINC
        outcrop data info ../data/ZINC --target graph_attributes_gcpn
        outcrop data info ../data/ogbg_moltox21
        outcrop data info ../data/MUTAG --json
        outcrop data info graphs.jsonl.gz
        outcrop data info ../data/cora
        outcrop data info edges.csv --node-table people.csv --target role
        outcrop data info karate.json --target club
        outcrop data info sample
      """)

  @Argument(
    help: ArgumentHelp(
      "A folder with \(DatasetFormat.folderContents), a file of \(DatasetFormat.fileContents), or `sample`, "
        + "the embedded synthetic molecules.", valueName: "path"))
  var dataset: String

  @OptionGroup var reading: DatasetReadingOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    if NodeDataset.isPresent(at: dataset) { return try describeNodes() }
    let read = try reading.read(dataset)
    if let single = read as? SingleGraphDataset {
      let summary = SingleGraphDescription(single)
      return json
        ? print(String(decoding: try JSON.encode(summary, isIndented: true), as: UTF8.self))
        : print(summary.table, terminator: "")
    }
    guard let dataset = read as? GraphDataset else { return }
    let summary = DatasetDescription(
      dataset, labelNames: OGBDataset.labelNames(self.dataset, count: dataset.targetCount))
    if json {
      print(String(decoding: try JSON.encode(summary, isIndented: true), as: UTF8.self))
    } else {
      print(summary.table, terminator: "")
    }
  }
}
