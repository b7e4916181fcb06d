import ArgumentParser
import Foundation
import Outcrop

/// How a command ends when it throws: its output and its exit status.
struct CommandEnding {
  /// The text for standard output: the requested help or version.
  var output: String?
  /// The text for standard error: the error and a hint.
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
      // The command has printed its message already.
      status = code.rawValue
    } else {
      message = Self.failure(error)
      status = 1
    }
  }

  /// The argument parser's message with the prefix of all messages.
  private static func misuse(_ message: String) -> String {
    let prefix = "Error: "
    let text = message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message
    return "outcrop: error: \(InvalidValue(text)?.message ?? text)"
  }

  /// `outcrop: error: …`, followed by a hint if the error has one.
  static func failure(_ error: any Error) -> String {
    let text = "outcrop: error: \(description(error))"
    return hint(error).map { "\(text)\n  \($0)" } ?? text
  }

  /// The description of an error of this package, or the localized description of a system error.
  private static func description(_ error: any Error) -> String {
    switch error {
    case let error as CommandError: error.message
    case let error as CocoaError:
      InputError.system(error.filePath ?? "a file", "use it", cause: error).description
    case let error as any CustomStringConvertible & Error: error.description
    default: error.localizedDescription
    }
  }

  /// Advice on an error whose description gives none.
  private static func hint(_ error: any Error) -> String? {
    switch error {
    case let error as CommandError: error.hint
    case let error as InputError: error.hint ?? hint(error.kind)
    default: nil
    }
  }

  private static func hint(_ kind: InputError.Kind) -> String? {
    switch kind {
    case .truncated, .malformed, .layout:
      "the file is damaged, incomplete or of another format: copy or write it again"
    default: nil
    }
  }
}
