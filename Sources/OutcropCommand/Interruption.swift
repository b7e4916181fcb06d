import Foundation
import Outcrop

/// The end of the program by a signal (Ctrl-C, Ctrl-\\, `kill`, a closed terminal).
///
/// SIGABRT ends the program in this way only if another process sent it: that of `abort()` is a fault of this one, whose
/// handlers print where it is.
///
/// Running child processes are ended, temporary files of this process are removed, a sentence tells the user
/// how to continue, and the exit status is 128 + the signal's number. Files under their final names are
/// complete, as after any other end.
enum Interruption {
  private static let state = Locked(State())

  private struct State {
    var hint: (@Sendable () -> String?)?
    var cleanups: [@Sendable () -> Void] = []
    var isEnding = false
  }

  /// Begins to receive signals, except those that the parent process has set to be ignored.
  ///
  /// Where the system refuses the pipe or the thread that this needs, signals end the program as they do any other.
  static func install() {
    _ = (shell, shellFlag, shellScript, paths, words, statusText, memoryMessage, descriptors)
    mainThread = pthread_self()
    OutOfMemory.setHandler { end(outOfMemory: $0) }
    OutOfMemory.setEndingOfObjects { Interruption.end(outOfMemory: nil) }
    guard let ends = ClosedPipe() else { return }
    let reading = ends.reading
    signalPipe = ends.writing
    let hasThread = BackgroundThread.start(name: "outcrop-signals") {
      var byte: UInt8 = 0
      while read(reading, &byte, 1) != 1 {}
      end(Int32(byte))
    }
    guard hasThread else { return }
    // A parent's thread that blocks signals hands that on. SIGUSR1 is that of `stopMainThread`.
    var received = sigset_t()
    sigemptyset(&received)
    sigaddset(&received, SIGUSR1)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT] {
      sigaddset(&received, number)
      var action = sigaction()
      sigaction(number, nil, &action)
      if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
      {
        continue
      }
      if number == SIGABRT { handlerOfAborts = action }
      action = sigaction()
      action.__sigaction_handler.sa_sigaction = { number, info, context in
        if number == SIGABRT, let info, info.pointee._sifields._kill.si_pid == getpid() {
          // The handler before this one, or the system, ends the program: `abort` does not return.
          sigaction(SIGABRT, &handlerOfAborts, nil)
          raise(SIGABRT)
          return
        }
        // A handler can call few functions, so it only writes the signal's number to a pipe, which a thread
        // reads.
        let reason = errno
        var byte = UInt8(number)
        _ = write(signalPipe, &byte, 1)
        errno = reason
      }
      action.sa_flags = SA_RESTART | SA_SIGINFO
      sigaction(number, &action, nil)
    }
    pthread_sigmask(SIG_UNBLOCK, &received, nil)
  }

  /// Sets the sentence that tells the user how to continue after an interruption.
  static func setHint(_ hint: @escaping @Sendable () -> String?) {
    state.withLock { $0.hint = hint }
  }

  /// Adds work to do when a signal ends the program. It does not run on the command's thread.
  static func addCleanup(_ cleanup: @escaping @Sendable () -> Void) {
    state.withLock { $0.cleanups.append(cleanup) }
  }

  /// Whether a signal is ending the program.
  static var isEnding: Bool { state.withLock { $0.isEnding } }

  /// Does not return if a signal is ending the program. An error at that time is a consequence of the end and
  /// is not reported.
  static func waitForEnd() {
    while isEnding { pause() }
  }

  /// Ends the program because of the signal `number`.
  static func end(_ number: Int32) -> Never {
    let (hint, cleanups) = state.withLock { state in
      state.isEnding = true
      return (state.hint, state.cleanups)
    }
    for cleanup in cleanups.reversed() { cleanup() }
    let name = number == SIGINT ? "interrupted" : "ended by the signal \(number)"
    Console.note("outcrop: \(name)" + (hint?().map { ": \($0)" } ?? ""))
    removeTemporaryFiles(thenExit: 128 + number)
    _exit(128 + number)
  }

  /// Ends the program with status 1 because the system refuses memory: for `request`, or, where that is nil,
  /// for an object. Temporary files are removed and children end as by a signal.
  static func end(outOfMemory request: OutOfMemory.Request?) -> Never {
    let cleanups = state.withLock { state in
      defer { state.isEnding = true }
      return state.isEnding ? [] : state.cleanups
    }
    if let request {
      Console.note("outcrop: error: \(request)")
    } else {
      _ = write(STDERR_FILENO, memoryMessage, strlen(memoryMessage))
    }
    for cleanup in cleanups.reversed() { cleanup() }
    removeTemporaryFiles(thenExit: 1)
    _exit(1)
  }

  /// Stops the main thread, so that it makes no further files, removes the files and folders that an
  /// `AtomicFile` or `AtomicFolder` of this process has not committed yet, and exits.
  ///
  /// Each of them has an open descriptor, by which it is found. The function allocates no memory, because the
  /// stopped main thread may hold the allocator's lock.
  private static func removeTemporaryFiles(thenExit status: Int32) {
    guard let folder = descriptors else { return }
    stopMainThread()
    // The shell, its script and the exit status come before the folders, and nil after them.
    var wordCount = 5
    while let entry = readdir(folder) {
      let path = paths + (wordCount - 5) * pathSize
      let count = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          readlinkat(dirfd(folder), $0, path, pathSize - 1)
        }
      }
      guard count > 0 else { continue }
      path[count] = 0
      guard let name = strrchr(path, 0x2f).map({ $0 + 1 }), strlen(name) > 13,
        strncmp(name, ".outcrop-", 9) == 0, strcmp(name + strlen(name) - 4, ".tmp") == 0
      else { continue }
      if unlink(path) != 0, wordCount < 5 + pathCount {
        words[wordCount] = path
        wordCount += 1
      }
    }
    if wordCount == 5 { _exit(status) }
    (words[0], words[1], words[2], words[3]) = (shell, shellFlag, shellScript, shell)
    statusText[0] = CChar(0x30 + status / 100)
    statusText[1] = CChar(0x30 + status / 10 % 10)
    statusText[2] = CChar(0x30 + status % 10)
    words[4] = statusText
    words[wordCount] = nil
    // Other threads may be writing into the folders. They end where the shell takes the process's place.
    execv(shell, words)
    _exit(status)
  }

  private static func stopMainThread() {
    if pthread_equal(pthread_self(), mainThread) != 0 { return }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      isMainThreadStopped = true
      while true { pause() }
    }
    sigaction(SIGUSR1, &action, nil)
    pthread_kill(mainThread, SIGUSR1)
    for _ in 0..<1000 where !isMainThreadStopped { usleep(1000) }
  }
}

// The folder and these strings are made at the start, because `removeTemporaryFiles` allocates no memory.
/// The open descriptors of this process; to open the folder at the end may need a descriptor or memory that the system
/// refuses.
nonisolated(unsafe) private let descriptors = opendir("/proc/self/fd")

nonisolated(unsafe) private let shell = strdup("/bin/sh")!
nonisolated(unsafe) private let shellFlag = strdup("-c")!
// Removes temporary folders, except the old contents of the folder that one of them replaces: the next process that
// writes there moves them to their name again.
nonisolated(unsafe) private let shellScript = strdup(
  """
  trap '' HUP INT QUIT TERM ABRT
  status=${1#0}
  status=${status#0}
  shift
  for folder; do
    for f in "$folder"/*; do [ "$f" = "$folder/old" ] || rm -rf -- "$f"; done
    rmdir -- "$folder"
  done 2>/dev/null
  exit "$status"
  """)!

/// The most temporary folders that are removed, and the size of a path.
private let pathCount = 16
private let pathSize = 4097
nonisolated(unsafe) private let paths = UnsafeMutablePointer<CChar>.allocate(
  capacity: (pathCount + 1) * pathSize)
nonisolated(unsafe) private let words =
  UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: pathCount + 6)
nonisolated(unsafe) private let statusText = strdup("000")!

nonisolated(unsafe) private let memoryMessage = strdup(
  "outcrop: error: not enough memory for what the command reads or computes\n")!

/// The end of the pipe that the signal handler writes to; set once, before the handler is installed.
nonisolated(unsafe) private var signalPipe: Int32 = -1

/// What handles SIGABRT of this process; set once, before this program's handler is installed.
nonisolated(unsafe) private var handlerOfAborts = sigaction()

/// The thread that runs the command; set before signals are received.
nonisolated(unsafe) private var mainThread = pthread_self()
nonisolated(unsafe) private var isMainThreadStopped = false

/// The two ends of a pipe; child processes do not inherit them.
struct ClosedPipe {
  let reading, writing: Int32

  /// nil if the system cannot make a pipe; `errno` has the reason.
  init?() {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }
}
