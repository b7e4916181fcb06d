/// The MD5 digest (RFC 1321), computed incrementally.
///
/// It numbers colors and identifies contents, as published data sets do. It is not secure:
/// anyone can construct two inputs with the same digest.
package struct MD5 {
  private var a: UInt32 = 0x6745_2301
  private var b: UInt32 = 0xefcd_ab89
  private var c: UInt32 = 0x98ba_dcfe
  private var d: UInt32 = 0x1032_5476
  private var length: UInt64 = 0
  private var pending: [UInt8] = []

  package init() {}

  /// The digest of `bytes` as 32 lowercase hexadecimal digits.
  package static func hex(_ bytes: some Collection<UInt8>) -> String {
    var digest = MD5()
    Array(bytes).withUnsafeBytes { digest.update($0) }
    return digest.finish()
  }

  /// Adds the bytes to the content.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    length &+= UInt64(bytes.count)
    var rest = bytes[...]
    if !pending.isEmpty {
      let taken = min(64 - pending.count, rest.count)
      pending.append(contentsOf: rest.prefix(taken))
      rest = rest.dropFirst(taken)
      if pending.count < 64 { return }
      let block = pending
      block.withUnsafeBytes { fold($0.baseAddress!) }
      pending.removeAll(keepingCapacity: true)
    }
    while rest.count >= 64 {
      fold(bytes.baseAddress! + rest.startIndex)
      rest = rest.dropFirst(64)
    }
    pending.append(contentsOf: rest)
  }

  /// Ends the content and returns the digest as 32 lowercase hexadecimal digits.
  package mutating func finish() -> String {
    let bits = length &* 8
    var padding: [UInt8] = [0x80]
    while (pending.count + padding.count) % 64 != 56 { padding.append(0) }
    for shift in stride(from: 0, to: 64, by: 8) {
      padding.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    padding.withUnsafeBytes { update($0) }
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for word in [a, b, c, d] {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        let byte = Int(truncatingIfNeeded: (word >> shift) & 0xff)
        text.append(digits[byte >> 4])
        text.append(digits[byte & 15])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Updates the state with one block of 64 bytes.
  private mutating func fold(_ block: UnsafeRawPointer) {
    let (oldA, oldB, oldC, oldD) = (a, b, c, d)
    MD5.sines.withUnsafeBufferPointer { sines in
      for step in 0..<16 {
        let mixed = (b & c) | (~b & d)
        turn(mixed, block, step, sines[step], SIMD4<UInt32>(7, 12, 17, 22)[step & 3])
      }
      for step in 0..<16 {
        let mixed = (d & b) | (~d & c)
        turn(
          mixed, block, (5 * step + 1) & 15, sines[16 + step], SIMD4<UInt32>(5, 9, 14, 20)[step & 3]
        )
      }
      for step in 0..<16 {
        let mixed = b ^ c ^ d
        turn(
          mixed, block, (3 * step + 5) & 15, sines[32 + step],
          SIMD4<UInt32>(4, 11, 16, 23)[step & 3])
      }
      for step in 0..<16 {
        let mixed = c ^ (b | ~d)
        turn(
          mixed, block, (7 * step) & 15, sines[48 + step], SIMD4<UInt32>(6, 10, 15, 21)[step & 3])
      }
    }
    a = a &+ oldA
    b = b &+ oldB
    c = c &+ oldC
    d = d &+ oldD
  }

  @inline(__always)
  private mutating func turn(
    _ mixed: UInt32, _ block: UnsafeRawPointer, _ word: Int, _ sine: UInt32, _ shift: UInt32
  ) {
    let value = UInt32(
      littleEndian: block.loadUnaligned(fromByteOffset: word * 4, as: UInt32.self))
    let sum = mixed &+ a &+ sine &+ value
    (a, d, c) = (d, c, b)
    b = b &+ (sum &<< shift | sum &>> (32 &- shift))
  }

  /// floor(2³² |sin(i + 1)|), as RFC 1321 prints them.
  private static let sines: [UInt32] = [
    0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a,
    0xa830_4613, 0xfd46_9501, 0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be,
    0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821, 0xf61e_2562, 0xc040_b340,
    0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
    0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8,
    0x676f_02d9, 0x8d2a_4c8a, 0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c,
    0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70, 0x289b_7ec6, 0xeaa1_27fa,
    0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
    0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92,
    0xffef_f47d, 0x8584_5dd1, 0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1,
    0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
  ]
}
