import ArgumentParser

@main
struct OutcropCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "outcrop")
}
