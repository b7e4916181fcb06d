import ArgumentParser
import Foundation
import Outcrop

struct DataConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a data set of any format as TUDataset text or JSON lines.",
    discussion: """
      The new folder holds the splits train, val and test, and dataset.json with the data that the \
      format cannot hold (vocabularies, class values, source). The command reads the folder back and \
      compares its checksum. TUDataset text cannot hold an empty split, a graph without nodes, or a \
      missing regression label; JSON lines can.

      EXAMPLES
        outcrop data convert ../data/ogbg_moltox21 tox21 --format jsonl
        outcrop data convert graphs.jsonl.gz graphs --format tu
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case tu, jsonl }

  @Argument(
    help: ArgumentHelp(
      "A folder with TUDataset text, OGB files or JSON lines, a file of JSON lines, or `sample`.",
      valueName: "from"))
  var source: String

  @Argument(help: ArgumentHelp("The folder to make.", valueName: "to"))
  var target: String

  @Option(help: ArgumentHelp("tu (TUDataset text) or jsonl (JSON lines).", valueName: "format"))
  var format: Format

  @OptionGroup var reading: DatasetReadingOptions

  @Flag(help: "Replace a data set that this program wrote.")
  var overwrite = false

  func run() throws {
    try Outputs.checkFolder(target)
    let dataset = try reading.read(source)
    Console.note("writing \(dataset.graphCount) graphs of \(dataset.name) to \(target)")
    switch format {
    case .tu: try TUDataset.write(dataset, to: target, overwrite: overwrite)
    case .jsonl: try JSONLinesDataset.write(dataset, to: target, overwrite: overwrite)
    }
    let found = try GraphDataset.read(from: target)
    guard found.checksum == dataset.checksum, found.task == dataset.task,
      found.nodeVocabularies == dataset.nodeVocabularies,
      found.edgeVocabularies == dataset.edgeVocabularies
    else {
      throw CommandError(
        "\(target): the written data set differs from the source (found checksum \(found.checksum), expected "
          + "\(dataset.checksum))",
        hint: "this is a defect of this program or of the disk; do not use the new folder")
    }
    print(
      "\(target): \(dataset.train.count) + \(dataset.validation.count) + \(dataset.test.count) "
        + "graphs, checksum \(dataset.checksum)")
  }
}
