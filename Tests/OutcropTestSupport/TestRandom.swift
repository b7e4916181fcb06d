/// A test's own random numbers (a Lehmer generator), so that failures repeat.
public struct TestRandom: RandomNumberGenerator {
  public var state: UInt64
  public init(_ seed: UInt64) { state = seed &* 2 &+ 1 }
  public mutating func next() -> UInt64 {
    state = state &* 0xda94_2042_e4dd_58b5
    return (state >> 32) | (state << 32)
  }
}
