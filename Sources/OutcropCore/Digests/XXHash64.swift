/// The 64-bit xxHash (XXH64), computed incrementally: the checksum of data sets and cache files.
///
/// It detects damage and changes, at the speed of memory. It is not secure: anyone can
/// construct two inputs with the same digest. The digest of numbers is that of their bytes in
/// memory, which are little-endian on every platform that this package supports. Source: the
/// specification at github.com/Cyan4973/xxHash.
package struct XXHash64 {
  private var lanes: Lanes
  /// Bytes of the last, incomplete stripe of 32.
  private var pending = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
  private var byteCount = 0
  private let seed: UInt64

  package init(seed: UInt64 = 0) {
    self.seed = seed
    lanes = Lanes(seed: seed)
  }

  /// Adds bytes.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard var next = bytes.baseAddress else { return }
    var left = bytes.count
    let filled = byteCount & 31
    byteCount += left
    if filled > 0 {
      let taken = min(32 - filled, left)
      withUnsafeMutableBytes(of: &pending) {
        ($0.baseAddress! + filled).copyMemory(from: next, byteCount: taken)
      }
      if filled + taken < 32 { return }
      withUnsafeBytes(of: pending) { lanes.add($0.baseAddress!, stripes: 1) }
      next += taken
      left -= taken
    }
    lanes.add(next, stripes: left / 32)
    if left & 31 > 0 {
      withUnsafeMutableBytes(of: &pending) {
        $0.baseAddress!.copyMemory(from: next + (left & ~31), byteCount: left & 31)
      }
    }
  }

  /// Adds the bytes of an array's elements in memory, without the element count.
  package mutating func add<Element: BitwiseCopyable>(_ elements: [Element]) {
    elements.withUnsafeBytes { add($0) }
  }

  /// Adds a number's eight bytes.
  package mutating func add(_ number: Int) {
    withUnsafeBytes(of: Int64(number).littleEndian) { add($0) }
  }

  /// The digest of all bytes added so far. More may be added afterward.
  package func finish() -> UInt64 {
    var hash = byteCount >= 32 ? lanes.merged : seed &+ prime5
    hash &+= UInt64(byteCount)
    withUnsafeBytes(of: pending) { bytes in
      let count = byteCount & 31
      var position = 0
      while position + 8 <= count {
        let word = UInt64(littleEndian: bytes.load(fromByteOffset: position, as: UInt64.self))
        hash = rotated(hash ^ round(0, word), 27) &* prime1 &+ prime4
        position += 8
      }
      if position + 4 <= count {
        let half = UInt32(littleEndian: bytes.load(fromByteOffset: position, as: UInt32.self))
        hash = rotated(hash ^ (UInt64(half) &* prime1), 23) &* prime2 &+ prime3
        position += 4
      }
      while position < count {
        hash = rotated(hash ^ (UInt64(bytes[position]) &* prime5), 11) &* prime1
        position += 1
      }
    }
    hash = (hash ^ (hash >> 33)) &* prime2
    hash = (hash ^ (hash >> 29)) &* prime3
    return hash ^ (hash >> 32)
  }

  /// The digest as 16 lowercase hexadecimal digits.
  package func finishHexadecimal() -> String { Self.hexadecimal(finish()) }

  /// The digest of `bytes`.
  package static func digest(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    var hash = XXHash64(seed: seed)
    hash.add(bytes)
    return hash.finish()
  }

  /// The digest of the bytes of an array's elements in memory.
  package static func digest<Element: BitwiseCopyable>(_ elements: [Element]) -> UInt64 {
    elements.withUnsafeBytes { digest($0) }
  }

  /// The number as 16 lowercase hexadecimal digits.
  package static func hexadecimal(_ digest: UInt64) -> String {
    let digits = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The four accumulators; each takes one word of every stripe of 32 bytes.
private struct Lanes {
  private var a, b, c, d: UInt64

  init(seed: UInt64) {
    (a, b, c, d) = (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
  }

  @inline(__always)
  mutating func add(_ bytes: UnsafeRawPointer, stripes: Int) {
    var (a, b, c, d) = (a, b, c, d)
    var next = bytes
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: next.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    for _ in 0..<stripes {
      a = round(a, word(0))
      b = round(b, word(8))
      c = round(c, word(16))
      d = round(d, word(24))
      next += 32
    }
    (self.a, self.b, self.c, self.d) = (a, b, c, d)
  }

  var merged: UInt64 {
    var hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
    for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* prime1 &+ prime4 }
    return hash
  }
}

private let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
private let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
private let prime3: UInt64 = 0x1656_67B1_9E37_79F9
private let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
private let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

@inline(__always)
private func rotated(_ x: UInt64, _ k: UInt64) -> UInt64 { (x &<< k) | (x &>> (64 &- k)) }

@inline(__always)
private func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
  rotated(lane &+ word &* prime2, 31) &* prime1
}
