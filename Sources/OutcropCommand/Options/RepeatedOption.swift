import ArgumentParser
import Foundation

/// An option that a command line has twice although one value alone can have an effect. The parser would take the last
/// one and say nothing.
struct RepeatedOption {
  /// The option as it is written, such as `--epochs`.
  let name: String

  /// The first such option of the arguments of the program `Root`; nil if there is none.
  init?(in arguments: [String], of root: (some ParsableCommand).Type) {
    let words = arguments.prefix { $0 != "--" }
    // These have no command run.
    if words.contains(where: ["--help", "-h", "--version"].contains) { return nil }
    var seen = Set<Substring>()
    let twice = words.filter { $0.hasPrefix("--") }.map { $0.prefix { $0 != "=" } }
      .filter { !seen.insert($0).inserted }
    // Only then is the description of all commands made and read.
    guard !twice.isEmpty,
      let tool = try? JSONDecoder().decode(Tool.self, from: Data(root._dumpHelp().utf8))
    else { return nil }
    var command = tool.command
    func enter(_ name: String?) {
      command = command.subcommands?.first { $0.commandName == name } ?? command
    }
    for word in words { enter(word) }
    enter(command.defaultSubcommand)
    let single = twice.first { option in
      command.arguments?.contains { argument in
        argument.kind == "option" && !argument.isRepeating
          && argument.names?.contains { "--\($0.name)" == option } == true
      } == true
    }
    guard let single else { return nil }
    name = String(single)
  }

  /// The parts of the parser's description that tell which options may be repeated.
  private struct Tool: Decodable {
    struct Command: Decodable {
      var commandName: String
      var subcommands: [Command]?
      var defaultSubcommand: String?
      var arguments: [Argument]?
    }
    struct Argument: Decodable {
      struct Name: Decodable {
        var name: String
      }
      var kind: String
      var isRepeating: Bool
      var names: [Name]?
    }
    var command: Command
  }
}
