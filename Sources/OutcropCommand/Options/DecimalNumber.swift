import ArgumentParser

/// The number that an option gives in decimal notation. `Double` also reads hexadecimal numbers, which no
/// file may have either.
///
/// A type instead of a transform, because the help shows the default of a type only.
struct DecimalNumber: ExpressibleByArgument, ExpressibleByFloatLiteral {
  var value: Double

  init(floatLiteral value: Double) { self.value = value }

  init?(argument: String) {
    guard let value = Double(argument), !argument.contains(where: { "xXpP".contains($0) }) else {
      return nil
    }
    self.value = value
  }

  var defaultValueDescription: String { "\(value)" }
}
