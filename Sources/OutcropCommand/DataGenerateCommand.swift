import ArgumentParser

struct DataGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write synthetic molecules, barbell graphs, or a large protein-like graph.",
    discussion: """
      Without a kind, as in `outcrop data generate my-folder`, the command generates molecules. The \
      data are for trying the program; results on them do not apply to real data. The same seed \
      gives the same data on every machine.

      EXAMPLES
        outcrop data generate molecules my-molecules
        outcrop data generate barbell my-barbells
        outcrop data generate proteins my-proteins --nodes 8000 --edges 600000
      """,
    subcommands: [
      DataGenerateMoleculesCommand.self, DataGenerateBarbellCommand.self,
      DataGenerateProteinsCommand.self,
    ],
    defaultSubcommand: DataGenerateMoleculesCommand.self)
}
