import Foundation
import Outcrop

/// The reason why a file could not be downloaded.
private enum DownloadProblem {
  /// The host's name is unknown, or the host does not answer.
  case noConnection
  /// The server answers with an error.
  case refused(status: Int)
  /// The transfer ended early or stopped.
  case incomplete
  /// A secure connection could not be made.
  case insecure
  /// The program `curl` is not installed.
  case noProgram
  case other

  /// The problem as an error, with advice.
  func error(_ url: String, _ reason: String) -> InputError {
    // The server's name and port.
    let host =
      URLComponents(string: url).flatMap { parts in
        parts.host.map { $0 + (parts.port.map { ":\($0)" } ?? "") }
      } ?? url
    let found =
      switch self {
      case .noConnection: "no connection to \(host) (\(reason))"
      case .refused(let status): "found HTTP status \(status) from \(host), expected the file"
      case .incomplete: "the transfer from \(host) was interrupted (\(reason))"
      case .insecure: "no secure connection to \(host) (\(reason))"
      case .noProgram: "the program `curl`, which downloads files, is not installed"
      case .other: reason
      }
    return InputError(.system, file: url, found: found, expected: "", hint: hint)
  }

  private var hint: String {
    switch self {
    case .noConnection:
      "check the network and the proxy (https_proxy); without a network, download the file elsewhere "
        + "and unpack it by hand, or name a mirror with --base-url"
    case .refused:
      "the file may have moved: look for it on the data set's site, or name a mirror with --base-url"
    case .incomplete: "try again; the partial download was deleted"
    case .insecure: "check the system's certificates and clock"
    case .noProgram: "install curl (apt-get install curl), or download the file by hand"
    case .other: "try again, or download the file by hand"
    }
  }
}

/// Downloads with the system's `curl`, in a child process.
///
/// Foundation's URLSession is not used, because it loads libcurl and its forty libraries at every start of
/// this program.
enum Download {
  /// Downloads `url` to the new file `path` and returns its size. Shows progress if standard error is a
  /// terminal. Throws `InputError`; `path` may then have a part of the contents.
  static func fetch(_ url: String, to path: String) throws -> Int {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "curl", "--fail", "--location", "--max-redirs", "10", "--proto", "=http,https",
      "--connect-timeout", "30", "--speed-limit", "1000", "--speed-time", "60", "--silent",
      "--show-error", "--write-out", "%{stderr}\n%{http_code}", url,
    ]
    // The contents come through a pipe: however this process ends, curl cannot write any more and ends too.
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw DownloadProblem.noProgram.error(url, "")
    }
    let child = process.processIdentifier
    Interruption.addCleanup { kill(child, SIGTERM) }
    defer { if process.isRunning { process.terminate() } }
    let size = try save(output.fileHandleForReading, path)
    // A few lines, which never fill a pipe; the last one is the status (curl 7.63 and later).
    var lines = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self
    ).split(whereSeparator: \.isNewline)
    let status = lines.last.flatMap { Int($0) }
    if status != nil { lines.removeLast() }
    process.waitUntilExit()
    if process.terminationReason == .uncaughtSignal {
      throw DownloadProblem.incomplete.error(url, "curl was stopped")
    }
    if process.terminationStatus != 0 {
      throw problem(process.terminationStatus, status ?? 0).error(url, text(lines.last))
    }
    guard size > 0 else {
      throw DownloadProblem.incomplete.error(url, "an empty file")
    }
    return size
  }

  /// Writes what `input` gives to the new file `path` and returns its size.
  private static func save(_ input: FileHandle, _ path: String) throws -> Int {
    let file = try AtomicFile(path: path)
    let isTerminal = isatty(STDERR_FILENO) == 1
    var shown = ContinuousClock.now
    var size = 0
    while let part = try input.read(upToCount: 1 << 18), !part.isEmpty {
      try part.withUnsafeBytes { try file.write($0, at: size) }
      size += part.count
      if isTerminal, ContinuousClock.now - shown > .milliseconds(200) {
        showSize(size)
        shown = .now
      }
    }
    try file.commit()
    if isTerminal, size > 0 {
      showSize(size)
      Console.note("")
    }
    return size
  }

  private static func showSize(_ size: Int) {
    try? FileHandle.standardError.write(contentsOf: Data("\r  \(megabytes(size)) ".utf8))
  }

  static func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f MB", Double(bytes) / 1e6)
  }

  /// The problem that curl's exit status means.
  private static func problem(_ exit: Int32, _ status: Int) -> DownloadProblem {
    switch exit {
    case 5, 6, 7: .noConnection
    case 22: .refused(status: status)
    case 18, 28, 52, 55, 56, 92: .incomplete
    case 35, 51, 58, 60, 77: .insecure
    case 127: .noProgram
    default: .other
    }
  }

  /// A line of curl's message, without its prefix.
  private static func text(_ line: Substring?) -> String {
    let line = line.map(String.init) ?? "no reason given"
    return line.hasPrefix("curl: ") ? String(line.dropFirst(6)) : line
  }
}
