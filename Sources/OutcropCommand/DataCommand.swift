import ArgumentParser

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Describe, convert and download data sets, and generate synthetic ones.",
    discussion: """
      EXAMPLES
        outcrop data info ../data/ZINC
        outcrop data fetch MUTAG --to data
        outcrop data convert ../data/ogbg_moltox21 tox21 --format jsonl
        outcrop data generate molecules my-molecules --train 5000
      """,
    subcommands: [
      DataInfoCommand.self, DataSampleCommand.self, DataConvertCommand.self,
      DataFetchCommand.self, DataGenerateCommand.self,
    ])
}
