import Foundation

/// Seeded random numbers: xoshiro256++ (Blackman & Vigna 2019), seeded through SplitMix64.
///
/// The same seed gives the same numbers on every machine, except for `normal()`. `state` can be saved and
/// restored. Not for cryptography.
public struct RandomGenerator: RandomNumberGenerator, Sendable, Equatable {
  /// The four words that determine all further numbers.
  public var state: [UInt64] { [s0, s1, s2, s3] }
  private var s0, s1, s2, s3: UInt64

  /// A generator whose sequence `seed` determines.
  public init(seed: UInt64) {
    var seeder = seed
    func next() -> UInt64 {
      seeder &+= 0x9E37_79B9_7F4A_7C15
      return mixed(seeder)
    }
    (s0, s1, s2, s3) = (next(), next(), next(), next())
  }

  /// A generator that continues from a saved state; nil unless the state has four words that are not all
  /// zero.
  public init?(state: [UInt64]) {
    guard state.count == 4, state.contains(where: { $0 != 0 }) else { return nil }
    (s0, s1, s2, s3) = (state[0], state[1], state[2], state[3])
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    func rotated(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }
    let result = rotated(s0 &+ s3, 23) &+ s0
    let t = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = rotated(s3, 45)
    return result
  }

  /// Uniform in [0, 1).
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in 0 ..< `bound`, without bias (Lemire 2019). Traps if `bound` is not positive.
  public mutating func below(_ bound: Int) -> Int {
    require(bound > 0, "RandomGenerator.below: found the bound \(bound), expected at least 1")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let excess = (0 &- range) % range
      while product.low < excess { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// Standard normal (Box–Muller).
  ///
  /// It uses the C library's logarithm and cosine, whose last bit may differ between platforms. The
  /// generator's state afterward is the same on all platforms.
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * .pi * unit())
  }

  /// The numbers 0 ..< `count` in random order (Fisher–Yates). It does not use the standard library's
  /// shuffle, whose result may change between versions.
  public mutating func permutation(_ count: Int) -> [Int] {
    var result = Array(0..<count)
    for index in result.indices.dropFirst().reversed() {
      result.swapAt(index, below(index + 1))
    }
    return result
  }
}

/// SplitMix64's finalizer: a bijection that scatters its input.
@inline(__always)
package func mixed(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
