/// A command's outcome that is a failure though its input was right (that is an `InputError`), with
/// what to do about it.
struct CommandError: Error, CustomStringConvertible {
  let message: String
  let hint: String

  init(_ message: String, hint: String) {
    self.message = message
    self.hint = hint
  }

  var description: String { "\(message)\n  \(hint)" }
}
