import Foundation
import OutcropCore
import OutcropTestSupport
import Testing

@Suite struct ByteStreamTests {
  private func read(_ bytes: [UInt8], piece: Int = 1000) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    try folder.write("a.gz", Data(bytes))
    let stream = try ByteStream(path: folder.path("a.gz"))
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    while true {
      let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0, line: 1) }
      if count == 0 { return result }
      result += buffer[..<count]
    }
  }

  private let text = Array(String(repeating: "0, 1\n2, 3\n", count: 30_000).utf8)

  @Test(arguments: [1, 1000, 1 << 20]) func membersFollowEachOther(piece: Int) throws {
    let small = Array(text.prefix(piece == 1 ? 2000 : text.count))
    #expect(try read(gzip(small), piece: piece) == small)
    #expect(try read(gzip(small) + gzip([]) + gzip([1, 2]), piece: piece) == small + [1, 2])
    #expect(try read(gzip([]), piece: piece) == [])
  }

  /// As `gzip` does: tapes and some servers fill the last block with zeros.
  @Test(arguments: [1, 512, 200_000]) func zerosBehindTheLastMemberAreIgnored(count: Int) throws {
    let zeros = [UInt8](repeating: 0, count: count)
    #expect(try read(gzip(text) + zeros) == text)
    #expect(try read(gzip(text) + gzip([7]) + zeros) == text + [7])
  }

  @Test func damageIsAnError() throws {
    let whole = gzip(text)
    func found(_ bytes: [UInt8]) -> String? {
      (#expect(throws: InputError.self) { try read(bytes) })?.found
    }
    for count in [0, 1, 5, 12, whole.count / 2, whole.count - 9, whole.count - 1] {
      #expect(found(Array(whole.prefix(count))) == "compressed data that end too early", "\(count)")
    }
    #expect(found([0, 0, 0])?.contains("damaged compressed data") == true)
    #expect(found(whole + [1, 2, 3])?.contains("incorrect header check") == true)
    #expect(found(whole + [0, 0] + whole)?.contains("data after zeros") == true)
    var damaged = whole
    damaged[whole.count - 6] ^= 0x10  // the checksum at the end
    #expect(found(damaged)?.contains("incorrect data check") == true)
  }

  @Test func aMissingFileSaysSo() {
    let error = #expect(throws: InputError.self) { try ByteStream(path: "/nowhere/a.gz") }
    #expect(error?.description == "/nowhere/a.gz: cannot open: No such file or directory")
  }
}
