import ArgumentParser
import Foundation
import Outcrop

#if MPI
  import OutcropDistributed
#endif

/// The processes that a launcher (`mpirun`, `srun`) started together, of which this is one.
enum Ranks {
  /// What this process sends messages with. Set once, before the command runs.
  nonisolated(unsafe) private(set) static var communicator: any Communicator = SingleProcess()

  /// Whether this process prints and writes files for all.
  static var isRoot: Bool { communicator.isRoot }

  /// The processes that a launcher started together, by the variables that it sets; nil for a process alone. The
  /// script of a Slurm job has variables of the job, but none of a step.
  static func launched(
    _ environment: [String: String]
  ) -> (variable: String, count: Int)? {
    for variable in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"] {
      if let count = environment[variable].flatMap({ Int($0) }), count > 1 {
        return (variable, count)
      }
    }
    return nil
  }

  /// The number that the launcher gave this process.
  private static func launchedRank(_ environment: [String: String]) -> Int {
    ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"].lazy
      .compactMap { environment[$0].flatMap { Int($0) } }.first ?? 0
  }

  /// Throws `error` in the first of processes that do not find each other. The others end after it, without a
  /// message.
  private static func fail(_ error: CommandError, _ environment: [String: String]) throws -> Never {
    if launchedRank(environment) == 0 { throw error }
    waitForOthers(launchedRank(environment))
    throw ExitCode(1)
  }

  /// Lower ranks come first, and the launcher ends all others. A signal ends a sleep early.
  private static func waitForOthers(_ rank: Int) {
    let end = ContinuousClock.now + .milliseconds(700 + 300 * min(rank, 30))
    while ContinuousClock.now < end {
      usleep(20_000)
      Interruption.waitForEnd()
    }
  }

  /// Finds out whether this process is one of several, and starts the messages between them.
  ///
  /// - Parameters:
  ///   - arguments: those of the command line; with `--shard` every process works alone.
  ///   - environment: the variables of the process.
  /// - Throws: `CommandError` when the processes could not find each other: copies of one command would replace
  ///   each other's files.
  static func start(
    _ arguments: [String], environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    // The children of a sweep inherit the variables of the launcher.
    guard environment[SweepProcesses.mark] == nil,
      let (variable, count) = launched(environment),
      !arguments.contains(where: { $0 == "--shard" || $0.hasPrefix("--shard=") })
    else { return }
    #if MPI
      let communicator = try MPICommunicator()
      guard communicator.size == count else {
        try fail(
          CommandError(
            "\(MPICommunicator.library) finds \(communicator.size) process\(communicator.size == 1 ? "" : "es"), "
              + "and \(variable) says \(count)",
            hint:
              "start the command with the launcher of that library (Open MPI's or MPICH's `mpirun`; under "
              + "Slurm `srun --mpi=pmix` or `--mpi=pmi2`), or build with the other one, see Docs/Scaling.md"
          ), environment)
      }
      self.communicator = communicator
      if !isRoot { closeOutput() }
      setThreads(neighbors: communicator.neighborCount, environment)
      try communicator.requireAgreement(on: "version", OutcropVersion.string)
      try communicator.requireAgreement(
        on: "command line", arguments.joined(separator: " "))
    #else
      try fail(
        CommandError(
          "one of \(count) processes (\(variable)), but this program was built without MPI, and the copies would "
            + "replace each other's files",
          hint:
            "build it with `swift build -c release --traits MPI --product outcrop`, see Docs/Scaling.md, or give "
            + "each process its part with --shard"), environment)
    #endif
  }

  /// Throws for a command that only works in one process.
  static func check(_ command: any ParsableCommand) throws {
    if communicator.size == 1 || command is any RankedCommand { return }
    let name = type(of: command)._commandName
    throw ValidationError(
      "\(name): found \(communicator.size) processes, expected one: this command does not share its work"
    )
  }

  /// What is printed is printed by rank 0.
  private static func closeOutput() {
    let null = open("/dev/null", O_WRONLY)
    if null >= 0 {
      dup2(null, STDOUT_FILENO)
      close(null)
    }
  }

  /// Shares the machine's processors where neither the user nor the launcher has.
  private static func setThreads(neighbors: Int, _ environment: [String: String]) {
    if environment["OUTCROP_NUM_THREADS"]?.isEmpty == false { return }
    let share = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / neighbors)
    ThreadPool.threadCount = min(ThreadPool.threadCount, share)
  }

  /// The message of a wrong command line on a rank other than rank 0, which usually tells the same.
  nonisolated(unsafe) private static var heldMessage: String?

  /// Shows the message of a failure: once, where all ranks fail for the same reason. A rank that fails alone is
  /// named. The message of a wrong command line may have to wait for `finish`.
  static func report(_ message: String, status: Int32) {
    if communicator.size == 1 || isRoot { return Console.write(message) }
    if status != 1 {
      heldMessage = message
      return
    }
    waitForOthers(communicator.rank)
    reportAsRank(message)
  }

  private static func reportAsRank(_ message: String) {
    let prefix = "outcrop: error: "
    let text = message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message
    Console.write(
      "\(prefix)rank \(communicator.rank) of \(communicator.size) on \(hostName): \(text)"
    )
  }

  private static var hostName: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      buffer.initialize(repeating: 0)
      return gethostname(buffer.baseAddress!, 255) == 0
        ? String(cString: buffer.baseAddress!) : "an unknown machine"
    }
  }

  /// Ends the messages: in order after success, or a wrong command line on all ranks, and else by ending all ranks.
  static func finish(_ status: Int32) {
    if communicator.size == 1 { return }
    fflush(nil)
    #if MPI
      guard let ranks = communicator as? MPICommunicator else { return }
      if status == 1 { ranks.abort(status: status) }
      // The command line can be wrong on one rank alone, by the files that the rank sees. The others then wait for
      // messages of this rank.
      let statuses = try? ranks.statuses(status, within: status == 0 ? nil : 5)
      if let heldMessage, statuses?[0] != status { reportAsRank(heldMessage) }
      if statuses == nil { ranks.abort(status: max(1, status)) }
      try? ranks.finish()
    #endif
  }
}

/// A command whose work several processes share.
protocol RankedCommand: ParsableCommand {}
