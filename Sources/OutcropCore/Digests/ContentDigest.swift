/// A digest of numbers for telling contents apart, as fast as memory delivers them.
///
/// Four lanes of 64 bits take a word each in turn, mixed as in XXH64 (Collet 2012): a step is a
/// bijection of the lane for a given word and of the word for a given lane, so a single changed word
/// always changes the state. Equal on every platform. Not secure: anyone can construct two contents
/// with the same digest.
package struct ContentDigest {
  private var lanes: (UInt64, UInt64, UInt64, UInt64) = (
    prime1 &+ prime2, prime2, 0, 0 &- prime1
  )

  package init() {}

  /// Adds one number.
  package mutating func add(_ number: Int) {
    // The lanes move on, so that numbers one after the other reach different ones.
    lanes = (lanes.1, lanes.2, lanes.3, mix(lanes.0, UInt64(bitPattern: Int64(number))))
  }

  /// Adds how many elements there are and their 32 bits each.
  package mutating func add<Element: BitwiseCopyable>(
    _ values: [Element], _ bits: (Element) -> UInt32
  ) {
    add(values.count)
    values.withUnsafeBufferPointer { values in
      var (a, b, c, d) = lanes
      var index = 0
      func word(_ place: Int) -> UInt64 {
        UInt64(bits(values[place])) | UInt64(bits(values[place + 1])) << 32
      }
      while index + 8 <= values.count {
        a = mix(a, word(index))
        b = mix(b, word(index + 2))
        c = mix(c, word(index + 4))
        d = mix(d, word(index + 6))
        index += 8
      }
      lanes = (a, b, c, d)
      while index + 2 <= values.count {
        lanes = (lanes.1, lanes.2, lanes.3, mix(lanes.0, word(index)))
        index += 2
      }
      if index < values.count {
        lanes = (lanes.1, lanes.2, lanes.3, mix(lanes.0, UInt64(bits(values[index]))))
      }
    }
  }

  /// The digest as 32 lower-case hexadecimal digits.
  package func finish() -> String {
    func half(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) -> String {
      var hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
      for lane in [a, b, c, d] { hash = (hash ^ mix(0, lane)) &* prime1 &+ prime2 }
      hash = (hash ^ hash >> 33) &* prime2
      hash = (hash ^ hash >> 29) &* prime3
      hash ^= hash >> 32
      let digits = String(hash, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    let (a, b, c, d) = lanes
    return half(a, b, c, d) + half(c, a, d, b)
  }
}

private let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
private let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
private let prime3: UInt64 = 0x1656_67B1_9E37_79F9

@inline(__always)
private func rotate(_ value: UInt64, _ by: UInt64) -> UInt64 { value << by | value >> (64 - by) }

@inline(__always)
private func mix(_ lane: UInt64, _ word: UInt64) -> UInt64 {
  rotate(lane &+ word &* 0xC2B2_AE3D_27D4_EB4F, 31) &* 0x9E37_79B1_85EB_CA87
}
