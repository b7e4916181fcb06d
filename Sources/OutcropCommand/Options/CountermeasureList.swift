import ArgumentParser
import Outcrop

/// A list of different counter-measures, separated by commas.
struct CountermeasureList: ExpressibleByArgument {
  private enum Item: Equatable {
    case bias(ExplicitBiasStrength.Kind)
    case gate, plusOne
    case clip(Double)
  }
  private let items: [Item]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let items = parts.compactMap(Self.item)
    if items.count != parts.count { return nil }
    for (index, item) in items.enumerated() where items[..<index].contains(item) { return nil }
    self.items = items
  }

  private static func item(_ text: String) -> Item? {
    switch text {
    case "ebt": return .bias(.fixed)
    case "gate": return .gate
    case "plus-one": return .plusOne
    case "clip": return .clip(5)
    case _ where text.hasPrefix("clip="):
      guard let limit = DecimalNumber(argument: String(text.dropFirst(5)))?.value,
        1e-6...1e30 ~= limit
      else {
        return nil
      }
      return .clip(limit)
    default:
      guard let kind = ExplicitBiasStrength.Kind(rawValue: text), kind != .fixed else { return nil }
      return .bias(kind)
    }
  }

  func arms(_ configuration: ExperimentConfiguration) throws -> [StudyArm] {
    try items.map { item in
      switch item {
      case .bias(.fixed): .ebt
      case .bias(let kind): .adaptive(try configuration.explicitBias(kind))
      case .gate: .gate
      case .plusOne: .plusOne
      case .clip(let limit): .clip(limit)
      }
    }
  }
}
