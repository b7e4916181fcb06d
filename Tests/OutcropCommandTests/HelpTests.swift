import Foundation
import OutcropCore
import Testing

/// The description of all commands that the parser gives for tools.
private struct HelpDump: Decodable {
  struct Command: Decodable {
    var commandName: String
    var abstract: String?
    var subcommands: [Command]?
    var arguments: [Argument]?
  }
  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String
    }
    var kind: String
    var names: [Name]?
    var valueName: String?
    var abstract: String?
    var defaultValue: String?
  }
  var command: Command

  static func read() throws -> Command {
    let run = try CommandRun(["--experimental-dump-help"])
    return try JSONDecoder().decode(HelpDump.self, from: Data(run.output.utf8)).command
  }
}

fileprivate extension HelpDump.Command {
  /// Every command with its words, groups of commands included.
  func all(_ words: [String] = []) -> [(words: [String], command: HelpDump.Command)] {
    [(words, self)]
      + (subcommands ?? []).filter { $0.commandName != "help" }
      .flatMap { $0.all(words + [$0.commandName]) }
  }

  /// The options and flags as they are written.
  var options: Set<String> {
    Set(
      (arguments ?? []).flatMap { $0.names ?? [] }.map { name in
        (name.kind == "long" ? "--" : "-") + name.name
      })
  }
}

@Suite struct HelpTests {
  @Test func everyCommandIsThere() throws {
    let words = try HelpDump.read().all().map { $0.words.joined(separator: " ") }
    #expect(
      Set(words)
        .isSuperset(of: [
          "study", "train", "evaluate", "export", "analyze", "data info", "data generate molecules",
          "data generate barbell", "data generate proteins", "verify", "doctor",
        ]))
  }

  @Test func everyCommandShowsExamples() throws {
    let root = try HelpDump.read()
    let commands = root.all()
    for (words, command) in commands {
      let path = words.joined(separator: " ")
      let help = try CommandRun(words + ["--help"])
      #expect(help.status == 0)
      #expect(command.abstract?.isEmpty == false, "\(path)")
      let parts = help.output.components(separatedBy: "EXAMPLES\n")
      try #require(parts.count == 2, "\(path): no examples")
      let examples = parts[1].components(separatedBy: "\n\n")[0].split(separator: "\n")
      #expect(!examples.isEmpty, "\(path)")
      for example in examples {
        try check(String(example), of: words, among: commands)
      }
    }
  }

  /// An example calls the command, with options that it has.
  private func check(
    _ example: String, of words: [String],
    among commands: [(words: [String], command: HelpDump.Command)]
  ) throws {
    var typed = example.split(separator: " ").map(String.init)
    typed.removeAll { $0.wholeMatch(of: /[A-Z_]+=\S*/) != nil }
    // Processes that share the work: mpirun -n 4 outcrop …
    if typed.starts(with: ["mpirun", "-n"]) { typed.removeFirst(3) }
    #expect(typed.first == "outcrop", "\(example)")
    typed.removeFirst()
    // Examples of data sets may go on with another command that uses them.
    let called = commands.filter { typed.starts(with: $0.words) }.max {
      $0.words.count < $1.words.count
    }
    let command = try #require(called, "\(example)").command
    for word in typed where word.hasPrefix("-") {
      #expect(command.options.contains(word), "\(example): no option \(word)")
    }
    if !words.starts(with: ["data", "generate"]) {
      #expect(typed.starts(with: words), "\(example)")
    }
  }

  @Test(arguments: [
    ("study", "threshold", "1000.0"), ("export", "threshold", "1000.0"),
    ("ablate", "fraction", "0.25"),
  ])
  func helpTellsDefaultNumbers(_ command: String, _ option: String, _ number: String) throws {
    let found = try HelpDump.read().all().first { $0.words == [command] }
    let argument = try #require(
      found?.command.arguments?.first { $0.names?.contains { $0.name == option } == true })
    #expect(argument.defaultValue == number)
    let help = try CommandRun([command, "--help"]).output
    #expect(help.contains("(default: \(number))"))
  }

  @Test func everyOptionIsExplained() throws {
    for (words, command) in try HelpDump.read().all() {
      for argument in command.arguments ?? [] {
        let name = argument.names?.first?.name ?? argument.valueName ?? "?"
        #expect(argument.abstract?.isEmpty == false, "\(words.joined(separator: " ")): \(name)")
      }
    }
  }
}
