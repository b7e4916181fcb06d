import Foundation
import Outcrop

/// Runs combinations in child processes of this program, several at a time.
///
/// A child's standard input is a pipe whose other end is open only in this process. When this process ends
/// for any reason, the child reads the end of the pipe and ends too (`endWithParent`).
final class SweepProcesses: Sendable {
  private let jobs: Int
  private let output: String
  private let running = Locked<[pid_t: Int]>([:])

  init(jobs: Int, output: String) { (self.jobs, self.output) = (jobs, output) }

  /// The variable that tells a child that its standard input is such a pipe.
  static let mark = "OUTCROP_SWEEP_CHILD"

  /// In a child: ends this process, as a terminate signal does, when the parent ends. Throws `InputError` where the
  /// system refuses the thread that waits for it.
  static func endWithParent() throws {
    guard ProcessInfo.processInfo.environment[mark] != nil else { return }
    let hasThread = BackgroundThread.start(name: "outcrop-parent") {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { Interruption.end(SIGTERM) }
      }
    }
    if !hasThread {
      throw InputError.system("standard input", "start a thread that waits for its end")
    }
  }

  /// Runs the combinations with the indices `points`, without those that another rank has. Returns the number of
  /// failed runs.
  ///
  /// - Parameters:
  ///   - points: the indices.
  ///   - claims: which rank runs which combination; nil if this process runs all.
  ///   - label: what readers call a combination.
  func run(_ points: [Int], claims: RunClaims? = nil, label: (Int) -> String) throws -> Int {
    guard let lifeline = ClosedPipe() else {
      throw InputError.system(output, "make a pipe for the runs")
    }
    defer {
      close(lifeline.reading)
      close(lifeline.writing)
    }
    Interruption.addCleanup { self.end() }
    var (finished, failures, failure) = (0, 0, (any Error)?.none)
    var waiting = points[...]
    while true {
      while failure == nil, !waiting.isEmpty, running.withLock({ $0.count }) < jobs {
        let index = waiting.removeFirst()
        do {
          if try claims?.take(index) ?? true { try start(index, lifeline: lifeline.reading) }
        } catch {
          failure = error
        }
      }
      guard let (index, isGood) = next() else { break }
      finished += 1
      let isDone = isGood && append("\(output)/logs/\(index).line")
      failures += isDone ? 0 : 1
      Console.note("\(finished)/\(points.count)  \(isDone ? "done" : "failed")  \(label(index))")
    }
    // At this point the children that were running have ended, and their lines have been added.
    if let failure { throw failure }
    return failures
  }

  /// Waits until a child ends; nil if none is running. Does not return while the program is ending.
  private func next() -> (index: Int, isGood: Bool)? {
    while true {
      var status: Int32 = 0
      let pid = waitpid(-1, &status, 0)
      if pid < 0 {
        if errno == EINTR { continue }
        Interruption.waitForEnd()
        return nil
      }
      guard let index = running.withLock({ $0.removeValue(forKey: pid) }) else { continue }
      if Interruption.isEnding { continue }
      return (index, status == 0)
    }
  }

  private func start(_ index: Int, lifeline: Int32) throws {
    // The outputs are files, because a full pipe would stop the child.
    let line = try newFile("\(output)/logs/\(index).line")
    defer { close(line) }
    let log = try newFile("\(output)/logs/\(index).log")
    defer { close(log) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (from, to) in [(lifeline, 0), (line, 1), (log, 2)] {
      posix_spawn_file_actions_adddup2(&actions, from, Int32(to))
    }
    // The child's arguments are those of this process, with its own inserted after the command's name, where
    // no `--` can precede them.
    let given = (0..<Int(CommandLine.argc)).map { CommandLine.unsafeArgv[$0] }
    let own = ["--point", "\(index)"].map { (text: String) in strdup(text) }
    var environment = ProcessInfo.processInfo.environment
    environment["OUTCROP_NUM_THREADS"] =
      "\(max(1, (StudyResults.Machine.current.threads ?? 1) / jobs))"
    environment[Self.mark] = "1"
    let variables = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { for text in own + variables { free(text) } }
    var arguments = Array(given.prefix(2))
    arguments += own
    arguments += given.dropFirst(2)
    arguments.append(nil)
    let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
    let failure = running.withLock { running -> Int32 in
      // No child is started after a signal.
      if Interruption.isEnding { return 0 }
      var pid: pid_t = 0
      let code = posix_spawn(
        &pid, program, &actions, nil, arguments, variables + [nil])
      if code == 0 { running[pid] = index }
      return code
    }
    if failure != 0 {
      errno = failure
      throw InputError.system(program, "start")
    }
  }

  /// Ends all children with a terminate signal, and after a few seconds with a kill signal.
  private func end() {
    for signal in [SIGTERM, SIGKILL] {
      running.withLock { for pid in $0.keys { kill(pid, signal) } }
      for _ in 0..<50 {
        if running.withLock({ $0.isEmpty }) { return }
        usleep(100_000)
      }
    }
  }

  /// The descriptor of an empty file, to which a child writes.
  private func newFile(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw InputError.system(path, "open") }
    return descriptor
  }

  /// Appends a child's line to the file of the sweep. An incomplete last line of that file is removed first.
  private func append(_ path: String) -> Bool {
    do {
      let line = try SystemFiles.read(path)
      guard line.last == UInt8(ascii: "\n") else { return false }
      try SystemFiles.append(
        line: line.dropLast(), to: output + "/sweep.jsonl", removingCutLine: true)
      unlink(path)
      return true
    } catch {
      Console.note(CommandEnding.failure(error))
      return false
    }
  }
}
