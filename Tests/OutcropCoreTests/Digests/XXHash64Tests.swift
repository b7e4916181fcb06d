import OutcropCore
import OutcropTestSupport
import Testing

@Suite struct XXHash64Tests {
  @Test func publishedDigests() {
    let known: [(String, UInt64)] = [
      ("", 0xef46_db37_51d8_e999), ("a", 0xd24e_c4f1_a98c_6e5b), ("abc", 0x44bc_2cf5_ad77_0999),
      ("Nobody inspects the spammish repetition", 0xfbce_a83c_8a37_8bf1),
    ]
    for (text, digest) in known { #expect(XXHash64.digest(Array(text.utf8)) == digest) }
  }

  @Test func piecesGiveTheDigestOfTheWhole() {
    var random = TestRandom(3)
    let bytes = (0..<150).map { _ in UInt8.random(in: 0...255, using: &random) }
    for count in 0...bytes.count {
      let part = Array(bytes.prefix(count))
      let expected = XXHash64.digest(part)
      for cut in 0...count {
        var digest = XXHash64()
        digest.add(Array(part[..<cut]))
        digest.add(Array(part[cut...]))
        #expect(digest.finish() == expected)
      }
      var single = XXHash64()
      for byte in part { single.add([byte]) }
      #expect(single.finish() == expected)
    }
  }

  @Test func numbersAreTheirBytes() {
    var digest = XXHash64()
    digest.add(-2)
    digest.add([Float(1)])
    let bytes: [UInt8] = [0xfe] + [UInt8](repeating: 0xff, count: 7) + [0, 0, 0x80, 0x3f]
    #expect(digest.finish() == XXHash64.digest(bytes))
    #expect(XXHash64.hexadecimal(0xab) == "00000000000000ab")
  }
}
