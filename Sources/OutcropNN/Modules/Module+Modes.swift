import OutcropCore
import OutcropTensor

/// A module whose result differs between training and evaluation, such as dropout.
public protocol ModeSensitive: AnyObject {
  /// Whether the module is in training mode; true at first.
  var isTraining: Bool { get set }
}

extension Module {
  /// Puts this module and all modules in it into training mode, or with `false` into evaluation mode.
  @discardableResult
  public func train(_ isTraining: Bool = true) -> Self {
    for (_, module) in modules { (module as? any ModeSensitive)?.isTraining = isTraining }
    return self
  }

  /// Puts this module and all modules in it into evaluation mode.
  @discardableResult
  public func eval() -> Self { train(false) }

  /// The parameters whose names match `pattern`, in which `*` stands for any characters and `?` for one:
  /// `encoder.*`, `*.bias`. Traps if no name matches.
  public func parameters(
    matching pattern: String
  ) -> [(name: String, parameter: Parameter<Scalar>)] {
    let all = parameters
    let found = all.filter { matches(Array($0.name.utf8)[...], Array(pattern.utf8)[...]) }
    require(
      !found.isEmpty,
      "parameters(matching:): no parameter of \(Self.self) matches `\(pattern)`; the names are "
        + all.prefix(8).map(\.name).joined(separator: ", ") + (all.count > 8 ? ", …" : ""))
    return found
  }

  /// Excludes the parameters whose names match `pattern` from training, see `Parameter.isFrozen`. Traps if
  /// no name matches.
  public func freeze(_ pattern: String = "*") {
    for (_, parameter) in parameters(matching: pattern) { parameter.isFrozen = true }
  }

  /// Includes the parameters whose names match `pattern` in training again. Traps if no name matches.
  public func unfreeze(_ pattern: String = "*") {
    for (_, parameter) in parameters(matching: pattern) { parameter.isFrozen = false }
  }
}

/// Whether the name matches the pattern as a whole.
private func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
  guard let first = pattern.first else { return name.isEmpty }
  let rest = pattern.dropFirst()
  if first == UInt8(ascii: "*") {
    return (name.startIndex...name.endIndex).contains { matches(name[$0...], rest) }
  }
  guard let letter = name.first, first == UInt8(ascii: "?") || first == letter else { return false }
  return matches(name.dropFirst(), rest)
}
