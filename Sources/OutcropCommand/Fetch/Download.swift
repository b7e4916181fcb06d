import Foundation

/// Why a file could not be downloaded, with what to do about it.
struct DownloadError: Error, CustomStringConvertible {
  enum Kind: Equatable {
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
  }

  let url: String
  let kind: Kind
  let reason: String

  /// The server's name and port.
  var host: String {
    URLComponents(string: url).flatMap { parts in
      parts.host.map { $0 + (parts.port.map { ":\($0)" } ?? "") }
    } ?? url
  }

  var description: String {
    switch kind {
    case .noConnection: "\(url): no connection to \(host) (\(reason))"
    case .refused(let status): "\(url): found HTTP status \(status) from \(host), expected the file"
    case .incomplete: "\(url): the transfer from \(host) broke off (\(reason))"
    case .insecure: "\(url): no safe connection to \(host) (\(reason))"
    case .noProgram: "no program `curl` to download with"
    case .other: "\(url): \(reason)"
    }
  }

  var hint: String {
    switch kind {
    case .noConnection:
      "check the network and the proxy (https_proxy); without a network, fetch the file elsewhere "
        + "and unpack it by hand, or give a mirror with --base-url"
    case .refused: "the file may have moved: look for it on the data set's site, or give --base-url"
    case .incomplete: "try again; nothing was kept"
    case .insecure: "check the system's certificates and clock"
    case .noProgram: "install curl (apt-get install curl), or fetch the file by hand"
    case .other: "try again, or fetch the file by hand"
    }
  }
}

/// Downloads through the system's `curl`.
///
/// A process of its own rather than Foundation's URLSession: that would link libcurl and its forty
/// libraries into every start of this program.
enum Download {
  /// Downloads `url` to the new file `path`, showing progress on standard error where that is a
  /// terminal. Returns the file's size. Throws `DownloadError`; `path` may then be there in part.
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
      throw DownloadError(url: url, kind: .noProgram, reason: error.localizedDescription)
    }
    showProgress(of: process, path)
    // Both are a few lines at most and never fill a pipe.
    let status = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let message = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationReason == .uncaughtSignal {
      throw DownloadError(url: url, kind: .incomplete, reason: "curl was stopped")
    }
    let size = size(of: path)
    if process.terminationStatus != 0 {
      throw DownloadError(
        url: url, kind: kind(process.terminationStatus, Int(status) ?? 0), reason: text(message))
    }
    guard size > 0 else {
      throw DownloadError(url: url, kind: .incomplete, reason: "an empty file")
    }
    return size
  }

  static func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f MB", Double(bytes) / 1e6)
  }

  /// What curl's exit status means.
  private static func kind(_ exit: Int32, _ status: Int) -> DownloadError.Kind {
    switch exit {
    case 5, 6, 7: .noConnection
    case 22: .refused(status: status)
    case 18, 28, 52, 55, 56, 92: .incomplete
    case 35, 51, 58, 60, 77: .insecure
    case 127: .noProgram
    default: .other
    }
  }

  /// The last line that curl said, without its beginning.
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
