/// Random numbers that are the same on every platform: xoshiro256** (Blackman and Vigna 2018), its
/// state filled by SplitMix64. Whole numbers and sums only, no library functions that round
/// differently.
struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init(seed: UInt64) {
    var seed = seed
    state = (
      SeededGenerator.splitMix(&seed), SeededGenerator.splitMix(&seed),
      SeededGenerator.splitMix(&seed), SeededGenerator.splitMix(&seed)
    )
  }

  /// The generator number `stream` of a family: unrelated sequences for one seed.
  init(seed: UInt64, stream: UInt64) {
    var seed = seed
    var mixed = SeededGenerator.splitMix(&seed) &+ stream
    self.init(seed: SeededGenerator.splitMix(&mixed))
  }

  mutating func next() -> UInt64 {
    let scrambled = (state.1 &* 5).rotated(by: 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3.rotated(by: 45)
    return scrambled
  }

  /// A number in 0 ..< bound; bound is at least 1 and below 2³².
  mutating func below(_ bound: Int) -> Int {
    // The bias of a multiplication with 32 spare bits is below 2⁻³² per value.
    Int(truncatingIfNeeded: UInt64(bound).multipliedFullWidth(by: next()).high)
  }

  /// A number in 0 ..< 1, a multiple of 2⁻⁵³.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// True with the given probability.
  mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// Nearly normal with mean 0 and variance 1: the sum of twelve uniform numbers.
  mutating func bell() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += unit() }
    return sum
  }

  /// An index chosen with probability proportional to its weight; at least one weight is positive.
  mutating func choose(_ weights: [Double]) -> Int {
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

  /// The numbers 0 ..< count in random order.
  mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, below(last + 1))
    }
    return order
  }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension UInt64 {
  fileprivate func rotated(by count: UInt64) -> UInt64 { self << count | self >> (64 - count) }
}
