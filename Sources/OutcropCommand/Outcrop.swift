import ArgumentParser
import Foundation
import Outcrop

/// The program: reads the command line, runs one command, and ends with 0 (done), 1 (failed) or
/// 2 (misuse).
@main
struct OutcropCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outcrop",
    abstract: "Train edge-featured graph transformers and find their massive activations.",
    discussion: """
      Results go to standard output, everything else to standard error. The exit status is 0 when \
      done, 1 when something failed, 2 when the command line is wrong.

      ENVIRONMENT
        OUTCROP_NUM_THREADS      threads to work with (default: all processors)
        OUTCROP_INSTRUCTION_SET  baseline, avx2 or avx512: no more than this
        OUTCROP_DATA             a folder with data sets, searched by name

      EXAMPLES
        outcrop study
        outcrop study --dataset ../data/ZINC --epochs 20 --output zinc-study
        outcrop doctor
      """,
    version: OutcropVersion.string,
    subcommands: [
      StudyCommand.self, AblateCommand.self, AttackCommand.self, SweepCommand.self,
      ReportCommand.self, TrainCommand.self, EvaluateCommand.self, AnalyzeCommand.self,
      DataCommand.self, VerifyCommand.self, BenchCommand.self, DoctorCommand.self,
    ])

  static func main() {
    // A reader that stops reading, such as `head`, ends the program quietly, whatever the parent
    // process does with this signal.
    signal(SIGPIPE, SIG_DFL)
    Foundation.exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs one command line and says how it ended.
  private static func run(_ arguments: [String]) -> Int32 {
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      let ending = CommandEnding(error)
      if let output = ending.output { print(output) }
      if let message = ending.message { Console.note(message) }
      if ending.status != 0 {
        fflush(nil)
        return ending.status
      }
    }
    if fflush(nil) != 0 {
      Console.note("outcrop: error: standard output: \(String(cString: strerror(errno)))")
      return 1
    }
    return 0
  }
}
