import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Look at data sets, and make synthetic ones.",
    discussion: """
      EXAMPLES
        outcrop data info ../data/ZINC
        outcrop data generate molecules my-molecules --train 5000
      """,
    subcommands: [DataInfoCommand.self, DataSampleCommand.self, DataGenerateCommand.self])
}
