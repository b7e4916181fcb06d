import Foundation

/// What can go wrong with results and reports on disk.
public enum ReportError: Error, CustomStringConvertible, Sendable, Equatable {
  /// A results file can't be opened, isn't JSON or lacks a field.
  case unreadable(file: String, reason: String)
  /// A results file has another layout than this version understands.
  case schemaVersion(file: String, found: Int, expected: Int)
  /// A file or folder can't be written.
  case unwritable(file: String, reason: String)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): can't be read as results: \(reason)"
    case .schemaVersion(let file, let found, let expected):
      "\(file): has schemaVersion \(found), expected \(expected); "
        + (found < expected
          ? "an older version of outcrop wrote it: compute it again with the command in its field "
            + "commandLine (with --resume, a study takes the models that it kept)"
          : "a newer version of outcrop wrote it: use that version")
    case .unwritable(let file, let reason):
      "\(file): can't be written: \(reason)"
    }
  }

  /// A decoding error as one line with the path of the field.
  static func describe(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      let keys = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }
      return keys.isEmpty ? "the top level" : String(keys.joined().drop { $0 == "." })
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "field \"\(key.stringValue)\" is missing in \(path(context))"
    case .typeMismatch(let type, let context):
      return "\(path(context)) is not of type \(type)"
    case .valueNotFound(let type, let context):
      return "\(path(context)) is null, expected \(type)"
    case .dataCorrupted(let context):
      return "\(path(context)): \(context.debugDescription)"
    @unknown default:
      return String(describing: error)
    }
  }
}
