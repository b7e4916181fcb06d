/// A random generator (xoshiro256++, Blackman and Vigna 2019) with one independent stream for each
/// pair of numbers, so that work cut into pieces gives the same bits in any order.
package struct SeededRandom {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  package init(seed: UInt64, stream: UInt64) {
    var mix = seed
    func next() -> UInt64 {
      // SplitMix64
      mix &+= 0x9E37_79B9_7F4A_7C15
      var z = mix
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    let first = next()
    mix = first ^ (stream &* 0xD134_2543_DE82_EF95)
    state = (next(), next(), next(), next() | 1)
  }

  package mutating func next() -> UInt64 {
    func rotated(_ x: UInt64, _ k: UInt64) -> UInt64 { x << k | x >> (64 - k) }
    let result = rotated(state.0 &+ state.3, 23) &+ state.0
    let t = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= t
    state.3 = rotated(state.3, 45)
    return result
  }

  /// Between 0 and 1, never either.
  package mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }
}
