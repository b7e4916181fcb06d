import ArgumentParser

/// The number that an option gives in decimal notation. `Double.init` also reads hexadecimal numbers, which no
/// file may have either.
@Sendable func decimalNumber(_ text: String) throws -> Double {
  guard let value = Double(text), !text.contains(where: { "xXpP".contains($0) }) else {
    throw ValidationError("expected a decimal number")
  }
  return value
}
