import ArgumentParser
import Foundation
import Outcrop

/// The program: parses the command line and runs one command. The exit status is 0 (success), 1
/// (failure) or 2 (invalid command line).
@main
struct OutcropCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outcrop",
    abstract: "Train edge-featured graph transformers and find their massive activations.",
    discussion: """
      Results go to standard output, all other messages to standard error. The exit status is 0 \
      after success, 1 after a failure, 2 when the command line is invalid.

      ENVIRONMENT
        OUTCROP_NUM_THREADS      the number of threads (default: all processors)
        OUTCROP_INSTRUCTION_SET  baseline, avx2 or avx512: the highest instruction set to use
        OUTCROP_DATA             a folder in which data sets are searched by name

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
    // When a reader such as `head` closes the pipe, the program ends without a message, even if the
    // parent process ignores this signal.
    signal(SIGPIPE, SIG_DFL)
    Foundation.exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs one command line and returns the exit status.
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
