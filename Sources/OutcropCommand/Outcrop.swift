import ArgumentParser
// Swift 6 refuses the variable `stdout`, which never changes here.
@preconcurrency import Foundation
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
      after success, 1 after a failure, 2 when the command line is invalid. Names of files and \
      folders must be UTF-8.

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
      StudyCommand.self, AblateCommand.self, AttackCommand.self, InterveneCommand.self,
      SweepCommand.self, ReportCommand.self, TrainCommand.self, EvaluateCommand.self,
      ExportCommand.self, AnalyzeCommand.self,
      DataCommand.self, VerifyCommand.self, BenchCommand.self, DoctorCommand.self,
    ])

  static func main() {
    restartWithOneBLASThread()
    // When a reader such as `head` closes the pipe, the program ends without a message, even if the
    // parent process ignores this signal.
    signal(SIGPIPE, SIG_DFL)
    openStandardFiles()
    Interruption.install()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let status = run(arguments)
    Ranks.finish(status)
    Foundation.exit(status)
  }

  /// The error of an environment variable with an invalid value; an empty value counts as not set.
  private static func problemOfEnvironment() -> String? {
    func value(_ name: String) -> String? {
      ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    let sets = ["baseline", "avx2", "avx512"]
    if let name = value("OUTCROP_INSTRUCTION_SET"), !sets.contains(name) {
      return "OUTCROP_INSTRUCTION_SET: found \(quoted(name)), expected "
        + sets.joined(separator: ", ")
    }
    let most = ThreadPool.maximumThreadCount
    if let text = value("OUTCROP_NUM_THREADS"), !(Int(text).map { 1...most ~= $0 } ?? false) {
      return
        "OUTCROP_NUM_THREADS: found \(quoted(text)), expected a decimal number in 1 ... \(most)"
    }
    return nil
  }

  /// An argument, variable or working folder that a string cannot hold, with its bytes escaped. Foundation
  /// would put other characters in place of some of them, and the command would work on other files.
  private static func nameThatIsNotUTF8() -> String? {
    func text(_ bytes: UnsafePointer<CChar>?) -> String? {
      guard let bytes, String(validatingCString: bytes) == nil else { return nil }
      return bytes.withMemoryRebound(to: UInt8.self, capacity: strlen(bytes)) {
        quoted(UnsafeBufferPointer<UInt8>(start: $0, count: strlen(bytes)))
      }
    }
    for index in 0..<Int(CommandLine.argc) {
      if let text = text(CommandLine.unsafeArgv[index]) { return "the argument \(text)" }
    }
    for name in ["OUTCROP_DATA", "OUTCROP_SHARED", "TMPDIR"] {
      if let text = text(getenv(name)) { return "\(name): \(text)" }
    }
    let folder = getcwd(nil, 0)
    defer { free(folder) }
    return text(folder).map { "the working folder \($0)" }
  }

  /// `--seed -1` becomes `--seed=-1`: the parser would read the number as an option and report a missing
  /// value.
  private static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
    var result: [String] = []
    for argument in arguments {
      if let last = result.last, last.hasPrefix("--"), last.count > 2, !last.contains("="),
        argument.hasPrefix("-"), Double(argument) != nil
      {
        result[result.count - 1] = "\(last)=\(argument)"
      } else {
        result.append(argument)
      }
    }
    return result
  }

  /// Opens files for the descriptors of standard files that are closed. Otherwise another file could get such
  /// a descriptor, and printed text would be written to it. Writing to standard files fails as before.
  private static func openStandardFiles() {
    for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(number, F_GETFD) < 0 {
      _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Under a limit of the address space (`ulimit -v`), starts the program again with one thread of OpenBLAS,
  /// which is all that it uses: the others, which start with the library, wait without end where their memory
  /// is refused, and the program could not end either.
  private static func restartWithOneBLASThread() {
    #if os(Linux)
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue)), &limit) == 0,
        limit.rlim_cur < rlim_t(Int64.max), getenv("OPENBLAS_NUM_THREADS") == nil
      else { return }
      setenv("OPENBLAS_NUM_THREADS", "1", 1)
      // Goes on below where the program cannot be started again.
      execv("/proc/self/exe", CommandLine.unsafeArgv)
    #endif
  }

  /// Runs one command line and returns the exit status.
  private static func run(_ arguments: [String]) -> Int32 {
    if let name = nameThatIsNotUTF8() {
      Console.note("outcrop: error: \(name) is not UTF-8, which names of files must be")
      return 2
    }
    if let problem = problemOfEnvironment() {
      Console.note("outcrop: error: \(problem)")
      return 2
    }
    do {
      try Ranks.start(arguments)
      if let option = RepeatedOption(in: arguments, of: Self.self) {
        throw ValidationError("\(option.name): found the option twice, expected it once")
      }
      var command = try parseAsRoot(joiningNegativeNumbers(arguments))
      try Ranks.check(command)
      try command.run()
    } catch {
      Interruption.waitForEnd()
      let ending = CommandEnding(error)
      if let output = ending.output { print(output) }
      if let message = ending.message {
        Ranks.report(message, status: ending.status)
      }
      if ending.status != 0 {
        fflush(nil)
        return ending.status
      }
    }
    // An earlier flush that failed has dropped its text, and the last one succeeds.
    let isFlushed = fflush(nil) == 0
    let reason = isFlushed ? "some of it could not be written" : String(cString: strerror(errno))
    if !isFlushed || ferror(stdout) != 0 {
      Console.note("outcrop: error: standard output: \(reason)")
      return 1
    }
    return 0
  }
}
