import Foundation
import Outcrop

/// Why a file could not be downloaded.
private enum DownloadProblem {
  /// The host's name isn't known, or nothing answers.
  case noConnection
  /// The server answers with an error.
  case refused(status: Int)
  /// The transfer broke off or stalled.
  case incomplete
  /// The connection isn't safe, as far as can be told.
  case insecure
  /// There is no program to download with.
  case noProgram
  case other

  /// The problem as an error, with what to do about it.
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

/// Downloads through the system's `curl`.
///
/// A child process rather than Foundation's URLSession, which would load libcurl and its forty
/// libraries at every start of this program.
enum Download {
  /// Downloads `url` to the new file `path`, showing progress on standard error where that is a
  /// terminal. Returns the file's size. Throws `InputError`; `path` may then be there in part.
  static func fetch(_ url: String, to path: String) throws -> Int {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "curl", "--fail", "--location", "--max-redirs", "10", "--proto", "=http,https",
      "--connect-timeout", "30", "--speed-limit", "1000", "--speed-time", "60", "--silent",
      "--show-error", "--write-out", "%{http_code}", "--output", path, url,
    ]
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
    showProgress(of: process, path)
    // Both outputs have a few lines at most, so they never fill a pipe.
    let status = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let message = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationReason == .uncaughtSignal {
      throw DownloadProblem.incomplete.error(url, "curl was stopped")
    }
    let size = size(of: path)
    if process.terminationStatus != 0 {
      throw problem(process.terminationStatus, Int(status) ?? 0).error(url, text(message))
    }
    guard size > 0 else {
      throw DownloadProblem.incomplete.error(url, "an empty file")
    }
    return size
  }

  static func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f MB", Double(bytes) / 1e6)
  }

  /// What curl's exit status means.
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

  /// The last line of curl's message, without its prefix.
  private static func text(_ message: String) -> String {
    let line = message.split(whereSeparator: \.isNewline).last.map(String.init) ?? "no reason given"
    return line.hasPrefix("curl: ") ? String(line.dropFirst(6)) : line
  }

  private static func size(of path: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }

  private static func showProgress(of process: Process, _ path: String) {
    let isTerminal = isatty(STDERR_FILENO) == 1
    var shown = 0
    while process.isRunning {
      usleep(isTerminal ? 200_000 : 20_000)
      let size = size(of: path)
      if isTerminal, size != shown {
        try? FileHandle.standardError.write(contentsOf: Data("\r  \(megabytes(size)) ".utf8))
        shown = size
      }
    }
    if shown > 0 { Console.note("\r  \(megabytes(size(of: path))) ") }
  }
}
