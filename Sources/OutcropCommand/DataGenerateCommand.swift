import ArgumentParser

struct DataGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write synthetic molecules, or a large protein-like graph.",
    discussion: """
      Without a kind, as in `outcrop data generate my-folder`, molecules are made. What is \
      generated is for trying things; results on it say nothing about the real world. The same \
      seed gives the same data everywhere.

      EXAMPLES
        outcrop data generate molecules my-molecules
        outcrop data generate proteins my-proteins --nodes 8000 --edges 600000
      """,
    subcommands: [DataGenerateMoleculesCommand.self, DataGenerateProteinsCommand.self],
    defaultSubcommand: DataGenerateMoleculesCommand.self)
}
