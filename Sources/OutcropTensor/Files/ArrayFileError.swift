/// What is wrong with an array file (safetensors or npy), or with a request made of it.
public struct ArrayFileError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The family of the problem, for code that has to tell them apart.
  public enum Kind: Equatable, Sendable {
    /// The system refused to open, read, write, sync or rename.
    case system
    /// The file ends before what it announces.
    case truncated
    /// The header breaks the format's grammar.
    case malformedHeader
    /// Well formed, but of a type or version that isn't read here.
    case unsupported
    /// A shape that is negative, too large to count, or at odds with the bytes that hold it.
    case shape
    /// Data ranges that overlap, leave gaps, leave the file or leave bytes over.
    case layout
    /// A name that appears twice or that the format reserves.
    case name
    /// No tensor has the name asked for.
    case missing
    /// A conversion that would lose information, or a stored value outside its type.
    case conversion
    /// Data written differs in amount from what was declared, or comes after the end.
    case incomplete
  }

  public let kind: Kind
  /// The file's path, or the label given to bytes in memory.
  public let file: String
  /// The tensor concerned, if it is one tensor's problem.
  public let tensor: String?
  /// What the file, the system or the caller gave.
  public let found: String
  /// What would have been right.
  public let expected: String

  public init(
    _ kind: Kind, file: String, tensor: String? = nil, found: String, expected: String
  ) {
    self.kind = kind
    self.file = file
    self.tensor = tensor
    self.found = found
    self.expected = expected
  }

  public var description: String {
    let place = tensor.map { ": tensor \(quoted($0))" } ?? ""
    return "\(file)\(place): found \(found), expected \(expected)"
  }
}

/// `text` in quotes, control characters escaped and cut to a length fit for a message: names come
/// from files that may be hostile.
func quoted(_ text: String) -> String {
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
func quoted(byte: UInt8) -> String {
  if (0x20..<0x7f).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
  let digits = String(byte, radix: 16)
  return "byte 0x" + (digits.count == 1 ? "0" : "") + digits
}
