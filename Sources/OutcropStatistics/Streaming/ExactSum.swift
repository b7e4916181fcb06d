/// A sum of `Double`s without rounding, so that the order of addition changes nothing: a fixed-point number
/// that covers all exponents of `Double`, in limbs of 32 bits.
struct ExactSum: Sendable, Equatable {
  /// Limb i counts 2^(32 i − 1088). After `normalize` all but the last are 0 ..< 2³².
  private var limbs: [Int64] = []
  /// Numbers added since the last normalization; limbs have room for 2³⁰.
  private var pending = 0

  private static let limbCount = 70
  private static let bias = 1088

  init() {}

  /// Adds a finite number.
  mutating func add(_ value: Double) {
    if value == 0 { return }
    if limbs.isEmpty { limbs = Array(repeating: 0, count: Self.limbCount) }
    // |value| = significand · 2^(exponent − 52), where the significand is an integer below 2⁵³.
    let exponent = value.exponentBitPattern == 0 ? -1022 : Int(value.exponent)
    let hidden: UInt64 = value.exponentBitPattern == 0 ? 0 : 1 << 52
    let shift = exponent - 52 + Self.bias
    let wide = UInt128(value.significandBitPattern | hidden) << UInt128(shift & 31)
    let first = shift >> 5
    let sign: Int64 = value < 0 ? -1 : 1
    limbs[first] += sign * Int64(UInt32(truncatingIfNeeded: wide))
    limbs[first + 1] += sign * Int64(UInt32(truncatingIfNeeded: wide >> 32))
    limbs[first + 2] += sign * Int64(UInt32(truncatingIfNeeded: wide >> 64))
    pending += 1
    if pending >= 1 << 30 { normalize() }
  }

  mutating func add(_ other: ExactSum) {
    if other.limbs.isEmpty { return }
    var other = other
    other.normalize()
    if limbs.isEmpty {
      self = other
      return
    }
    normalize()
    for index in limbs.indices { limbs[index] += other.limbs[index] }
    normalize()
  }

  /// Brings the limbs into the canonical form, which equal sums share.
  mutating func normalize() {
    pending = 0
    if limbs.isEmpty { return }
    var carry: Int64 = 0
    for index in 0..<limbs.count - 1 {
      let total = limbs[index] + carry
      carry = total >> 32
      limbs[index] = total & 0xFFFF_FFFF
    }
    limbs[limbs.count - 1] += carry
    if limbs.allSatisfy({ $0 == 0 }) { limbs = [] }
  }

  /// The sum, with a relative error of about 1e-16.
  var value: Double {
    var copy = self
    copy.normalize()
    if let last = copy.limbs.last, last < 0 {
      // A negative sum starts with ones, so its negation is converted.
      for index in copy.limbs.indices { copy.limbs[index] = -copy.limbs[index] }
      copy.normalize()
      return -copy.positive
    }
    return copy.positive
  }

  private var positive: Double {
    var result = 0.0
    for (index, limb) in limbs.enumerated().reversed() where limb != 0 {
      result += Double(sign: .plus, exponent: 32 * index - Self.bias, significand: Double(limb))
    }
    return result
  }
}

extension ExactSum: Codable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    limbs = try container.decode([Int64].self)
    let digits =
      limbs.dropLast().allSatisfy { (0..<1 << 32).contains($0) }
      && limbs.last.map { $0.magnitude < 1 << 40 } ?? true
    if !limbs.isEmpty, limbs.count != Self.limbCount || !digits {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "found \(limbs.count) limbs, expected none or \(Self.limbCount) of 32 bits")
    }
    normalize()
  }

  func encode(to encoder: any Encoder) throws {
    var copy = self
    copy.normalize()
    var container = encoder.singleValueContainer()
    try container.encode(copy.limbs)
  }

  static func == (left: Self, right: Self) -> Bool {
    var (left, right) = (left, right)
    left.normalize()
    right.normalize()
    return left.limbs == right.limbs
  }
}
