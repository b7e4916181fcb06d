import CZlib
import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import Testing

/// A zip archive in memory.
struct ZipBuilder {
  private(set) var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  private static func number(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// With `isLarge`, sizes and places stand in zip64 fields.
  mutating func add(
    _ name: String, _ content: [UInt8], deflated: Bool = true, method: Int? = nil, flags: Int = 0,
    isLarge: Bool = false
  ) {
    let data = deflated ? deflate(content) : content
    let sum = content.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
    func number(_ value: Int, _ size: Int) -> [UInt8] { Self.number(value, size) }
    let facts =
      number(20, 2) + number(flags, 2) + number(method ?? (deflated ? 8 : 0), 2) + number(0, 4)
      + number(Int(sum), 4) + number(data.count, 4) + number(content.count, 4)
      + number(name.utf8.count, 2) + number(0, 2)
    let place = bytes.count
    if isLarge {
      let mark = [UInt8](repeating: 0xFF, count: 4)
      let start = Array(facts[..<14]) + mark + mark + number(name.utf8.count, 2)
      let local = number(1, 2) + number(16, 2) + number(content.count, 8) + number(data.count, 8)
      let central =
        number(7, 2) + number(3, 2) + [1, 2, 3] + number(1, 2) + number(24, 2)
        + number(content.count, 8) + number(data.count, 8) + number(place, 8)
      bytes += number(0x0403_4b50, 4) + start + number(local.count, 2) + Array(name.utf8) + local
      bytes += data
      directory += number(0x0201_4b50, 4) + number(45, 2) + start + number(central.count, 2)
      directory += number(0, 10) + mark + Array(name.utf8) + central
      count += 1
      return
    }
    bytes += number(0x0403_4b50, 4) + facts + Array(name.utf8) + data
    directory +=
      number(0x0201_4b50, 4) + number(20, 2) + facts + number(0, 10) + number(place, 4)
      + Array(name.utf8)
    count += 1
  }

  func finished(comment: String = "", isLarge: Bool = false) -> [UInt8] {
    func number(_ value: Int, _ size: Int) -> [UInt8] { Self.number(value, size) }
    if isLarge {
      let end = bytes.count + directory.count
      let record =
        number(0x0606_4b50, 4) + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8)
        + number(count, 8) + number(count, 8) + number(directory.count, 8) + number(bytes.count, 8)
      let locator = number(0x0706_4b50, 4) + number(0, 4) + number(end, 8) + number(1, 4)
      return bytes + directory + record + locator + number(0x0605_4b50, 4) + number(0, 4)
        + [UInt8](repeating: 0xFF, count: 12) + number(0, 2)
    }
    return bytes + directory + Self.number(0x0605_4b50, 4) + Self.number(0, 4)
      + Self.number(count, 2) + Self.number(count, 2) + Self.number(directory.count, 4)
      + Self.number(bytes.count, 4) + Self.number(comment.utf8.count, 2) + Array(comment.utf8)
  }
}

/// Bare deflated data.
private func deflate(_ content: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(
    &stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  defer { deflateEnd(&stream) }
  var output = [UInt8](repeating: 0, count: content.count + 1000)
  var input = content
  return input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      #expect(CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END)
      return Array(output.prefix(output.count - Int(stream.avail_out)))
    }
  }
}

@Suite struct ZipArchiveTests {
  private let text = Array(String(repeating: "12, 34\n", count: 100_000).utf8)

  private func open(_ bytes: [UInt8]) throws -> (ZipArchive, TemporaryFolder) {
    let folder = try TemporaryFolder()
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path("a.zip")))
    return (try ZipArchive(path: "\(folder.path)/a.zip"), folder)
  }

  private func failure(_ bytes: [UInt8]) -> String? {
    do {
      let (archive, folder) = try open(bytes)
      for (index, member) in archive.members.enumerated() {
        try archive.extract(member, to: "\(folder.path)/\(index)")
      }
      return nil
    } catch {
      #expect(error is InputError)
      return (error as? InputError)?.found
    }
  }

  private func archive(_ name: String = "D/file.txt") -> [UInt8] {
    var zip = ZipBuilder()
    zip.add("D/", [], deflated: false)
    zip.add(name, text)
    return zip.finished()
  }

  @Test func membersComeBack() throws {
    var zip = ZipBuilder()
    zip.add("D/", [], deflated: false)
    zip.add("D/deflated.txt", text)
    zip.add("D/stored.txt", text, deflated: false)
    zip.add("D/empty.txt", [], deflated: false)
    let (archive, folder) = try open(zip.finished(comment: "a comment, PK\u{5}\u{6} inside"))
    #expect(archive.members.map(\.name) == ["D/deflated.txt", "D/stored.txt", "D/empty.txt"])
    for (member, expected) in zip2(archive.members, [text, text, []]) {
      let file = "\(folder.path)/out"
      try archive.extract(member, to: file)
      #expect(try Array(Data(contentsOf: URL(fileURLWithPath: file))) == expected)
      #expect(member.size == expected.count)
    }
  }

  private func zip2(
    _ members: [ZipArchive.Member], _ contents: [[UInt8]]
  ) -> [(ZipArchive.Member, [UInt8])] {
    #expect(members.count == contents.count)
    return Array(Swift.zip(members, contents))
  }

  @Test func zip64MembersComeBack() throws {
    var zip = ZipBuilder()
    zip.add("D/deflated.txt", text, isLarge: true)
    zip.add("D/stored.txt", text, deflated: false, isLarge: true)
    zip.add("D/small.txt", [7], deflated: false)
    for whole in [zip.finished(), zip.finished(isLarge: true)] {
      let (archive, folder) = try open(whole)
      for (member, expected) in zip2(archive.members, [text, text, [7]]) {
        let file = "\(folder.path)/out"
        try archive.extract(member, to: file)
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: file))) == expected)
      }
    }
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zip"), "/usr/bin/zip is missing"))
  func theSystemsZipIsRead() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path("D/b"), withIntermediateDirectories: true)
    try Data(text).write(to: URL(fileURLWithPath: folder.path("D/a.txt")))
    try Data([1]).write(to: URL(fileURLWithPath: folder.path("D/b/c.txt")))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/zip")
    process.arguments = ["-q", "-r", "a.zip", "D"]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    try process.run()
    process.waitUntilExit()
    let archive = try ZipArchive(path: "\(folder.path)/a.zip")
    #expect(archive.members.map(\.name).sorted() == ["D/a.txt", "D/b/c.txt"])
    let member = archive.members.first { $0.name == "D/a.txt" }!
    try archive.extract(member, to: "\(folder.path)/out")
    #expect(try Array(Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/out"))) == text)
  }

  @Test func whatIsNoArchiveSaysWhatItIs() throws {
    #expect(failure([])?.contains("empty file") == true)
    #expect(failure([1, 2, 3]) == "3 bytes")
    let page = failure(Array("<!DOCTYPE html><html><body>404 Not Found</body></html>".utf8))
    #expect(page?.contains("no zip archive (it begins “<!DOCTYPE html>") == true)
    let whole = archive()
    for length in [30, whole.count / 2, whole.count - 1] {
      #expect(
        failure(Array(whole.prefix(length)))?.contains("a zip archive without its end") == true)
    }
  }

  @Test func damageIsFound() {
    var content = archive()
    content[content.count / 3] ^= 0x10
    #expect(failure(content)?.contains("damaged content of D/file.txt") == true)
    var stored = ZipBuilder()
    stored.add("D/a", Array("abc".utf8), deflated: false)
    var bytes = stored.finished()
    bytes[bytes.firstIndex(of: UInt8(ascii: "b"))!] = UInt8(ascii: "x")
    #expect(failure(bytes) == "damaged content of D/a (a different CRC-32)")
  }

  @Test(arguments: [
    "../evil", "D/../../evil", "/etc/evil", "D//x", "D/./x", "D\\..\\evil", "C:evil", "D/\u{1}x",
  ])
  func membersStayInTheirFolder(name: String) {
    #expect(failure(archive(name)) == "a member named \(name.debugDescription)")
  }

  @Test func unsupportedKindsAreRefused() {
    var twice = ZipBuilder()
    twice.add("D/a", text)
    twice.add("D/a", text)
    #expect(failure(twice.finished()) == "D/a twice")
    var encrypted = ZipBuilder()
    encrypted.add("D/a", text, flags: 1)
    #expect(failure(encrypted.finished()) == "an encrypted member D/a")
    var other = ZipBuilder()
    other.add("D/a", text, method: 12)
    #expect(failure(other.finished())?.contains("by method 12") == true)
    var large = archive()
    for index in 0..<4 { large[large.count - 6 + index] = 0xFF }
    #expect(failure(large)?.contains("zip64") == true)
  }

  /// Random damage: an error of its own or the right content.
  @Test func mutationsAreErrorsOrHarmless() throws {
    var random = TestRandom(99)
    var zip = ZipBuilder()
    zip.add("D/a.txt", Array(text.prefix(300)))
    zip.add("D/b.txt", Array("hello".utf8), deflated: false)
    let whole = zip.finished()
    var errors = 0
    for _ in 0..<3000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] =
          UInt8.random(in: 0...255, using: &random)
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
      }
      if failure(bytes) != nil { errors += 1 }
    }
    #expect(errors > 1000)
  }
}
