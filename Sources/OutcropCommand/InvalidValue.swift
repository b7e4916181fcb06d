import Outcrop

/// The parser's message about the value of an option that its type refuses, which does not say what is expected.
struct InvalidValue {
  /// The message `OPTION: found VALUE, expected …`, with the parser's lines of help after it.
  let message: String

  /// Nil for other messages.
  init?(_ text: String) {
    guard
      let match = text.prefixMatch(of: #/(?s)The value '(.*)' is invalid for '(--\S+) <(\S+?)>'/#)
    else { return nil }
    let (value, option, kind) = (String(match.1), String(match.2), String(match.3))
    guard let expected = Self.expected(value, of: option, kind) else { return nil }
    // The parser continues with the permitted words of an option that lists them, and says enough.
    let rest = text[match.range.upperBound...]
    if !rest.isEmpty, !rest.hasPrefix("\n") { return nil }
    message = "\(option): found \(quoted(value)), expected \(expected)" + rest
  }

  /// What an option expects, by the name of its value in the help.
  private static func expected(_ value: String, of option: String, _ kind: String) -> String? {
    let isWhole = !value.isEmpty && value.drop { $0 == "-" }.allSatisfy { "0"..."9" ~= $0 }
    switch (kind, option) {
    case ("n", _):
      return isWhole
        ? "a number of the range that the option has" : "a whole number in decimal digits"
    case ("x", _), ("seconds", _): return "a number in decimal notation, such as 0.5"
    case ("i/n", _):
      return
        "a part and the number of parts in decimal digits, such as 2/8, the part at most that number"
    case ("list", "--seeds"), ("list", "--layers"):
      return "different whole numbers in decimal digits with commas between, such as 0,9"
    case ("list", "--countermeasures"):
      return
        "different ones of its names with commas between; X of clip=X is a number in decimal notation "
        + "in 1e-6 ... 1e30"
    case ("list", _): return "different ones of its names with commas between"
    case ("name=use", _): return "NAME=types, NAME=numbers or NAME=ignore"
    default: return nil
    }
  }
}
