import ArgumentParser
import Outcrop

/// The folder, seed and sizes of a synthetic data set of many graphs.
struct GeneratedGraphOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The folder to make.", valueName: "dir"))
  var folder: String

  @Option(help: ArgumentHelp("The generator's seed.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("The number of graphs for training.", valueName: "n"))
  var train = 2000

  @Option(help: ArgumentHelp("The number of graphs for validation.", valueName: "n"))
  var validation = 250

  @Option(help: ArgumentHelp("The number of graphs for testing.", valueName: "n"))
  var test = 250

  @Flag(help: "Replace a data set that this program wrote.")
  var overwrite = false

  /// The largest number of graphs in a split: their nodes can be numbered with 32 bits.
  private static let most = 10_000_000

  func validate() throws {
    for (name, count) in [("train", train), ("validation", validation), ("test", test)]
    where !(1...Self.most).contains(count) {
      throw ValidationError("--\(name): found \(count), expected 1 ... \(Self.most)")
    }
  }

  /// Makes the data set with `make`, from the seed and the sizes, and writes it.
  ///
  /// - Parameter title: what the graphs are, for the user.
  func write(
    _ title: String,
    _ make: (UInt64, (train: Int, validation: Int, test: Int)) -> GraphDataset
  ) throws {
    try Outputs.checkFolder(folder)
    Console.note("generating \(train + validation + test) synthetic \(title) (seed \(seed))")
    let dataset = make(seed, (train: train, validation: validation, test: test))
    Console.note("writing \(folder)")
    try TUDataset.write(dataset, to: folder, overwrite: overwrite)
    print(
      "\(folder): \(train) + \(validation) + \(test) synthetic \(title), "
        + "checksum \(dataset.checksum)")
    Console.note("`outcrop data info \(folder)` describes them")
  }
}
