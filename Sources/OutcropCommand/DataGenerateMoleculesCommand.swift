import ArgumentParser
import Foundation
import Outcrop

struct DataGenerateMoleculesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "molecules",
    abstract: "Write synthetic molecules as TUDataset text.",
    discussion: """
      The molecules have valid valences, ZINC's encoding, sizes and bond types similar to ZINC's, \
      and a regression target computed from their structure. They are for trying the program; \
      results on them do not apply to real molecules. The same seed gives the same molecules on \
      every machine.

      EXAMPLES
        outcrop data generate molecules my-molecules
        outcrop data generate molecules mine --train 10000 --seed 7
        outcrop study --dataset my-molecules
      """)

  @Argument(help: ArgumentHelp("The folder to make.", valueName: "dir"))
  var folder: String

  @Option(help: ArgumentHelp("The generator's seed.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("The number of molecules for training.", valueName: "n"))
  var train = 2000

  @Option(help: ArgumentHelp("The number of molecules for validation.", valueName: "n"))
  var validation = 250

  @Option(help: ArgumentHelp("The number of molecules for testing.", valueName: "n"))
  var test = 250

  @Flag(help: "Replace a data set that this program wrote.")
  var overwrite = false

  /// The largest number of molecules in a split: their nodes can be numbered with 32 bits.
  private static let most = 10_000_000

  func validate() throws {
    for (name, count) in [("train", train), ("validation", validation), ("test", test)]
    where !(1...Self.most).contains(count) {
      throw ValidationError("--\(name): found \(count), expected 1 ... \(Self.most)")
    }
  }

  func run() throws {
    try Outputs.checkFolder(folder)
    let total = train + validation + test
    Console.note("generating \(total) synthetic molecules (seed \(seed))")
    let dataset = SampleDataset.make(
      seed: seed, sizes: (train: train, validation: validation, test: test))
    Console.note("writing \(folder)")
    try TUDataset.write(dataset, to: folder, overwrite: overwrite)
    print(
      "\(folder): \(train) + \(validation) + \(test) synthetic molecules, "
        + "checksum \(dataset.checksum)")
    Console.note("`outcrop data info \(folder)` describes them")
  }
}
