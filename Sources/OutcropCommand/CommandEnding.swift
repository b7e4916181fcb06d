import ArgumentParser
import Foundation
import Outcrop

/// How a command ends that did not simply return: what it prints where, and its exit status.
struct CommandEnding {
  /// For standard output: help or a version that was asked for.
  var output: String?
  /// For standard error: what went wrong and what to do about it.
  var message: String?
  let status: Int32

  init(_ error: any Error) {
    let code = OutcropCommand.exitCode(for: error)
    if code == .success {
      output = OutcropCommand.fullMessage(for: error)
      status = 0
    } else if code == .validationFailure {
      message = Self.misuse(OutcropCommand.fullMessage(for: error))
      status = 2
    } else if error is ExitCode {
      // The command has said what there is to say.
      status = code.rawValue
    } else {
      message = Self.failure(error)
      status = 1
    }
  }

  /// The parser's message, begun like every other one.
  private static func misuse(_ message: String) -> String {
    let prefix = "Error: "
    let text = message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message
    return "outcrop: error: \(text)"
  }

  /// `outcrop: error: …`, and a hint where there is one.
  static func failure(_ error: any Error) -> String {
    let text = "outcrop: error: \(description(error))"
    return hint(error).map { "\(text)\n  \($0)" } ?? text
  }

  /// Errors of this package describe themselves; those of the system have a text for people.
  private static func description(_ error: any Error) -> String {
    switch error {
    case let error as CommandError: error.message
    case let error as any CustomStringConvertible & Error where !(error is CocoaError):
      error.description
    case let error as CocoaError:
      // The system's text doesn't name the file.
      (error.filePath.map { $0 + ": " } ?? "") + error.localizedDescription
    default: error.localizedDescription
    }
  }

  /// What to do about an error, where its description doesn't say.
  private static func hint(_ error: any Error) -> String? {
    switch error {
    case let error as CommandError: error.hint
    case let error as InputError: error.hint ?? hint(error.kind)
    case let error as DownloadError: error.hint
    default: nil
    }
  }

  private static func hint(_ kind: InputError.Kind) -> String? {
    switch kind {
    case .truncated, .malformed, .layout:
      "the file is damaged, incomplete or of another format: copy or write it again"
    case .unsupported: "convert it to safetensors or npy with numbers in it"
    default: nil
    }
  }
}
