/// The numbers of the layers of several files. A layer of another file than the first has the number of its
/// counterpart in the first file.
///
/// A layer's counterpart is the layer of the same name. If two files have no name in common, it is the layer
/// of the same number if all names of a file differ only in the number (`a.0`, `a.1` and `b.0`, `b.1`), or
/// the only layer if both files have one layer.
package struct LayerNumbering {
  /// The layers of the first file.
  let names: [String]
  private let first: [String: Int]
  private var taken: Set<Int>

  /// The numbers of the first file: the last number in each name if they all differ, otherwise 0, 1, ….
  package init(_ names: [String]) {
    self.names = names
    let found = names.map { Self.parts($0).number }
    let numbers = found.compactMap { $0 }
    let isNumbered = numbers.count == names.count && Set(numbers).count == names.count
    first = Dictionary(
      zip(names, isNumbered ? numbers : Array(names.indices)),
      uniquingKeysWith: { first, _ in first })
    taken = Set(first.values)
  }

  /// For each layer of `others` that has a counterpart, the name of the counterpart in the first file.
  package func counterparts(of others: [String]) -> [String: String] {
    let known = Set(names)
    let same = others.filter { known.contains($0) }
    if !same.isEmpty { return Dictionary(uniqueKeysWithValues: same.map { ($0, $0) }) }
    if names.count == 1, others.count == 1 { return [others[0]: names[0]] }
    let (own, theirs) = (names.map(Self.parts), others.map(Self.parts))
    guard Set(own.map { $0.rest }).count == 1, Set(theirs.map { $0.rest }).count == 1,
      own.allSatisfy({ $0.number != nil }), theirs.allSatisfy({ $0.number != nil })
    else { return [:] }
    let byNumber = Dictionary(zip(own.map { $0.number! }, names)) { first, _ in first }
    return Dictionary(
      zip(others, theirs).compactMap { name, parts in byNumber[parts.number!].map { (name, $0) } }
    ) { first, _ in first }
  }

  /// The numbers of another file's layers, all different. A layer without a counterpart has the number that
  /// it would have in a first file if no layer of any file has this number, otherwise the next free number.
  package func numbers(of others: [String]) -> [Int] {
    let pairs = counterparts(of: others)
    let alone = others == names ? first : LayerNumbering(others).first
    var used = taken
    return others.map { name in
      if let counterpart = pairs[name] { return first[counterpart]! }
      let wanted = alone[name]!
      let number = used.contains(wanted) ? (used.max() ?? -1) + 1 : wanted
      used.insert(number)
      return number
    }
  }

  /// Stores the numbers of a file, so that layers of further files without a counterpart get other numbers.
  package mutating func remember(_ others: [String], _ numbers: [Int]) {
    taken.formUnion(numbers)
  }

  /// The last number in a name, and the name without it. The number is nil if it is too large for an integer.
  private static func parts(_ name: String) -> (number: Int?, rest: String) {
    let isDigit = { (character: Character) in character.isASCII && character.isNumber }
    guard let end = name.lastIndex(where: isDigit) else { return (nil, name) }
    let start =
      name[...end].lastIndex { !isDigit($0) }.map { name.index(after: $0) } ?? name.startIndex
    guard let number = Int(name[start...end]), number < 1 << 53 else { return (nil, name) }
    return (number, "\(name[..<start])#\(name[name.index(after: end)...])")
  }
}
