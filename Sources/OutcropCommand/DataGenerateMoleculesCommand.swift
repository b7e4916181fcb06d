import ArgumentParser
import Foundation
import Outcrop

struct DataGenerateMoleculesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "molecules",
    abstract: "Write synthetic molecules as TUDataset text.",
    discussion: """
      The molecules are made by a generator: valid in their valences, in ZINC's encoding, with \
      ZINC-like sizes and bond types, and with a regression target computed from structure. They \
      are for trying things; results on them say nothing about real molecules. The same seed gives \
      the same molecules everywhere.

      EXAMPLES
        outcrop data generate molecules my-molecules
        outcrop data generate molecules mine --train 10000 --seed 7
        outcrop study --dataset my-molecules
      """)

  @Argument(help: ArgumentHelp("The folder to make.", valueName: "dir"))
  var folder: String

  @Option(help: ArgumentHelp("The generator's seed.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Molecules to train on.", valueName: "n"))
  var train = 2000

  @Option(help: ArgumentHelp("Molecules for validation.", valueName: "n"))
  var validation = 250

  @Option(help: ArgumentHelp("Molecules for the test.", valueName: "n"))
  var test = 250

  @Flag(help: "Replace a data set that this program wrote.")
  var overwrite = false

  /// More would not fit the 32-bit node numbers of the text.
  private static let most = 10_000_000

  func validate() throws {
    for (name, count) in [("train", train), ("validation", validation), ("test", test)]
    where !(1...Self.most).contains(count) {
      throw ValidationError("--\(name): found \(count), expected 1 ... \(Self.most)")
    }
  }

  func run() throws {
    let total = train + validation + test
    Console.note("making \(total) synthetic molecules (seed \(seed))")
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
