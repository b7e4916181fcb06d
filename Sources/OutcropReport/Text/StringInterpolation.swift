/// The usual parts of interpolated strings, as calls.
///
/// The standard library's functions are expanded at every place, which takes a fifteenth of this module's
/// compilation. These functions are preferred to the library's in this module; the texts are the same.
extension DefaultStringInterpolation {
  @inline(never)
  mutating func appendLiteral(_ literal: String) { write(literal) }

  @inline(never)
  mutating func appendInterpolation(_ value: String) { write(value) }

  @inline(never)
  mutating func appendInterpolation(_ value: Int) { write(value.description) }
}
