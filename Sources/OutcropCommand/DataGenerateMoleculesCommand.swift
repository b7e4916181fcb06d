import ArgumentParser
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

  @OptionGroup var graphs: GeneratedGraphOptions

  func run() throws {
    try graphs.write("molecules") { SampleDataset.make(seed: $0, sizes: $1) }
  }
}
