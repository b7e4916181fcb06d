/// Something that a command cannot do, with what to do about it.
struct CommandError: Error, CustomStringConvertible {
  let message: String
  let hint: String

  init(_ message: String, hint: String) {
    self.message = message
    self.hint = hint
  }

  var description: String { "\(message)\n  \(hint)" }
}
