import Foundation

/// External input that cannot be used: a file, a configuration, an option, or arrays of another
/// program. The error names the place, what was found there and what was expected.
///
/// Every error about input in this package has this type; `kind` lets a caller react differently to
/// different problems.
public struct InputError: Error, LocalizedError, CustomStringConvertible, Equatable, Sendable {
  /// The family of a problem.
  public enum Kind: Equatable, Sendable {
    /// A value that does not fit: the general case.
    case value
    /// The system refused to open, read, write, sync or rename.
    case system
    /// The file is shorter than its header declares.
    case truncated
    /// The file or its header breaks the format's grammar.
    case malformed
    /// Well formed, but of a type or version that is not read here.
    case unsupported
    /// A shape that is negative, too large to count, or inconsistent with the bytes that hold it.
    case shape
    /// Data ranges that overlap, leave gaps, exceed the file or do not cover it.
    case layout
    /// A name that appears twice or that the format reserves.
    case name
    /// Nothing has the requested name.
    case missing
    /// A conversion that would lose information, or a stored value outside its type.
    case conversion
    /// The amount of data written differs from the declared amount, or data are written after the end.
    case incomplete
  }

  /// The family of the problem.
  public let kind: Kind
  /// The file or folder, or the name of the input if it is not a file.
  public let file: String
  /// The line, counted from 1 in the decompressed text, if there is one.
  public let line: Int?
  /// The field, tensor, column or option, if the problem concerns one.
  public let field: String?
  /// What was found.
  public let found: String
  /// What was expected; empty if `found` is the whole message, as for a failed system call.
  public let expected: String
  /// What the user can do, if the message does not say it.
  public let hint: String?

  /// An error about `file`.
  public init(
    _ kind: Kind = .value, file: String, line: Int? = nil, field: String? = nil, found: String,
    expected: String, hint: String? = nil
  ) {
    self.kind = kind
    self.file = file
    self.line = line
    self.field = field
    self.found = found
    self.expected = expected
    self.hint = hint
  }

  /// The failure of a system call on `file`, with the reason in `errno`: `FILE: cannot open: No such
  /// file or directory`.
  ///
  /// - Parameters:
  ///   - file: the path of the file.
  ///   - action: what could not be done, such as `open`.
  ///   - field: the part of the file, if only one is affected.
  ///   - hint: what the user can do.
  public static func system(
    _ file: String, _ action: String, field: String? = nil, hint: String? = nil
  ) -> InputError {
    var reason = String(cString: strerror(errno))
    if errno == ENOENT, file.unicodeScalars.contains("\u{FFFD}") {
      reason += " (a name that is not UTF-8 cannot be opened; rename it)"
    }
    return system(file, action, reason: reason, field: field, hint: hint)
  }

  /// The failure of one of Foundation's functions on `file`, in the form of a failed system call.
  package static func system(_ file: String, _ action: String, cause: any Error) -> InputError {
    if let cause = cause as? InputError { return cause }
    return system(file, action, reason: systemReason(cause))
  }

  private static func system(
    _ file: String, _ action: String, reason: String, field: String? = nil, hint: String? = nil
  ) -> InputError {
    InputError(
      .system, file: file, field: field, found: "cannot \(action): \(reason)", expected: "",
      hint: hint)
  }

  /// The same error with another hint.
  package func withHint(_ hint: String) -> InputError {
    InputError(
      kind, file: file, line: line, field: field, found: found, expected: expected, hint: hint)
  }

  /// `FILE:LINE: 'FIELD': found …, expected …`.
  public var description: String {
    let place =
      file + (line.map { ":\($0)" } ?? "") + (field.map { ": \(quoted($0))" } ?? "")
    return expected.isEmpty
      ? "\(place): \(found)" : "\(place): found \(found), expected \(expected)"
  }

  /// The same as `description`.
  public var errorDescription: String? { description }
}

/// The system's reason for an error from Foundation.
private func systemReason(_ error: any Error) -> String {
  if let error = error as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
  let nsError = error as NSError
  if nsError.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(nsError.code))) }
  if let underlying = nsError.userInfo[NSUnderlyingErrorKey] as? any Error {
    return systemReason(underlying)
  }
  if let code = (error as? CocoaError).flatMap({ systemCodes[$0.code] }) {
    return String(cString: strerror(code))
  }
  return "the system gives no reason"
}

private let systemCodes: [CocoaError.Code: Int32] = [
  .fileNoSuchFile: ENOENT, .fileReadNoSuchFile: ENOENT, .fileReadNoPermission: EACCES,
  .fileWriteNoPermission: EACCES, .fileWriteFileExists: EEXIST, .fileWriteOutOfSpace: ENOSPC,
  .fileWriteVolumeReadOnly: EROFS, .fileReadTooLarge: EFBIG,
]

/// `text` in quotes, with control characters escaped and shortened for a message, because names may
/// come from hostile files.
package func quoted(_ text: String) -> String {
  var result = "'"
  var count = 0
  for scalar in text.unicodeScalars {
    if count == 80 { return result + "…'" }
    result += scalar.escaped(asASCII: false)
    count += 1
  }
  return result + "'"
}

/// A byte as it appears in a message.
package func quoted(byte: UInt8) -> String {
  if (0x20..<0x7f).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
  let digits = String(byte, radix: 16)
  return "byte 0x" + (digits.count == 1 ? "0" : "") + digits
}

/// The text of a line as it appears in a message: shortened, with control and
/// non-ASCII bytes as hexadecimal numbers.
package func quoted(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
  var text = ""
  for byte in bytes.prefix(60) {
    if (0x20..<0x7f).contains(byte) {
      text.unicodeScalars.append(Unicode.Scalar(byte))
    } else {
      let digits = String(byte, radix: 16)
      text += "\\x" + (digits.count == 1 ? "0" : "") + digits
    }
  }
  return "“" + text + (bytes.count > 60 ? "…" : "") + "”"
}
