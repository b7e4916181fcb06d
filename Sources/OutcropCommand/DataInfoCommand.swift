import ArgumentParser
import Foundation
import Outcrop

struct DataInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Count and describe the graphs of a data set.",
    discussion: """
      Prints what a model has to know (task, vocabularies) and, for each split, sizes, degrees, \
      edge types and labels. A folder without train, val and test folders is split 80/10/10.

      EXAMPLES
        outcrop data info ../data/ZINC
        outcrop data info ../data/ZINC --target graph_attributes_gcpn
        outcrop data info ../data/MUTAG --json
        outcrop data info sample
      """)

  @Argument(
    help: ArgumentHelp(
      "A folder with TUDataset text files, or `sample`, the embedded synthetic molecules.",
      valueName: "dir"))
  var dataset: String

  @Option(
    help: ArgumentHelp(
      "The file with the labels, without prefix and .txt. By default graph_labels, else the first "
        + "graph_attributes file.", valueName: "name"))
  var target: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    if NodeDataset.isPresent(at: dataset) { return try describeNodes() }
    let summary = DatasetSummary(try load())
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(summary), as: UTF8.self))
    } else {
      print(summary.table, terminator: "")
    }
  }

  private func load() throws -> GraphDataset {
    // A folder of that name is meant when it is there.
    if dataset == "sample", !FileManager.default.fileExists(atPath: dataset) {
      if target != nil { throw ValidationError("--target: `sample` has one target only") }
      return SampleDataset.make()
    }
    return try TUDataset.read(dataset, options: TUDataset.Options(targetFile: target))
  }
}
