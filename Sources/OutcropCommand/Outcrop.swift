import ArgumentParser

@main
struct OutcropCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outcrop",
    abstract: "Train edge-featured graph transformers and find their massive activations.",
    subcommands: [StudyCommand.self, TrainCommand.self, EvaluateCommand.self, AnalyzeCommand.self, VerifyCommand.self])
}
