extension RandomGenerator {
  /// Generator number `stream` of a family: different streams of one seed give unrelated sequences.
  package init(seed: UInt64, stream: UInt64) {
    var family = RandomGenerator(seed: seed)
    self.init(seed: family.next() &+ stream &* 0x9E37_79B9_7F4A_7C15)
  }

  /// True with the given probability.
  package mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// Nearly normal with mean 0 and variance 1: the sum of twelve uniform numbers, minus 6. It uses no
  /// library function, because these may round differently on another platform.
  package mutating func bell() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += unit() }
    return sum
  }

  /// An index chosen with probability proportional to its weight; at least one weight is positive.
  package mutating func choose(_ weights: [Double]) -> Int {
    var total = 0.0
    for weight in weights { total += weight }
    var rest = unit() * total
    var chosen = 0
    for (index, weight) in weights.enumerated() where weight > 0 {
      chosen = index
      rest -= weight
      if rest < 0 { break }
    }
    return chosen
  }
}
