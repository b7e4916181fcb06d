/// A failure of a command whose input is valid, with advice. Errors of the input are `InputError`s.
struct CommandError: Error, CustomStringConvertible {
  let message: String
  let hint: String

  init(_ message: String, hint: String) {
    self.message = message
    self.hint = hint
  }

  var description: String { "\(message)\n  \(hint)" }
}
