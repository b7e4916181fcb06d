/// Something wrong with the files of a data set.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file or folder.
  public let file: String
  /// The 1-based line (of the decompressed text), where there is one.
  public let line: Int?
  /// What is there.
  public let found: String
  /// What should be there.
  public let expected: String

  /// An error about `file`.
  public init(file: String, line: Int? = nil, found: String, expected: String) {
    self.file = file
    self.line = line
    self.found = found
    self.expected = expected
  }

  /// `file:line: found …, expected …`
  public var description: String {
    "\(file)\(line.map { ":\($0)" } ?? ""): found \(found), expected \(expected)"
  }
}

/// The text of a line for an error message, cut where it gets long, with odd bytes made visible.
func quoted(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
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
