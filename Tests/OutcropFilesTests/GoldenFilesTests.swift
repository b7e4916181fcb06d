import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import Testing

@Suite("Golden files")
struct GoldenFilesTests {
  private struct Digest: Decodable {
    let tensors: Int
    let crc: UInt32
    let integerSum: Int64
  }

  @Test(
    "every golden file reads as the reference implementation reads it",
    .enabled(if: goldenFolder != nil, "the golden files aren't here (set OUTCROP_SHARED)"))
  func digests() throws {
    let folder = try #require(goldenFolder)
    let truth: [String: Digest] = try Truth.decode("golden.json")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".safetensors") }
    #expect(Set(files) == Set(truth.keys))
    for name in files.sorted() {
      let file = try SafetensorsFile(path: folder + "/" + name)
      let digest = try #require(truth[name])
      #expect(file.names.count == digest.tensors)
      var crc = CRC32()
      var sum: Int64 = 0
      let names = file.names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      for tensor in names {
        let entry = try file.entry(tensor)
        crc.add(Array("\(tensor)|\(entry.elementType.safetensorsName)|\(entry.shape)|".utf8))
        switch entry.elementType {
        case .float32: crc.add(try file.floats(tensor))
        case .float64: crc.add(try file.doubles(tensor))
        case .int64:
          let integers = try file.integers(tensor)
          sum += integers.reduce(0, +)
          crc.add(integers)
        default: Issue.record("\(name) \(tensor): \(entry.elementType)")
        }
      }
      let keys = file.metadata.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      crc.add(Array(keys.map { "\($0)=\(file.metadata[$0]!)\n" }.joined().utf8))
      #expect(crc.value == digest.crc, "\(name)")
      #expect(sum == digest.integerSum, "\(name)")
    }
  }

  @Test(
    "a golden file written again has the same tensors, byte for byte",
    .enabled(if: goldenFolder != nil, "the golden files aren't here (set OUTCROP_SHARED)"))
  func rewriting() throws {
    let folder = try TemporaryFolder()
    let path = try #require(goldenFolder) + "/gt_zinc_small.safetensors"
    let file = try SafetensorsFile(path: path)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for name in file.names {
      let entry = try file.entry(name)
      switch entry.elementType {
      case .float32: writer.add(name, shape: entry.shape, try file.floats(name))
      case .float64: writer.add(name, shape: entry.shape, try file.doubles(name))
      default: writer.add(name, shape: entry.shape, try file.integers(name))
      }
    }
    try writer.write(to: folder.path("copy"))
    let copy = try SafetensorsFile(path: folder.path("copy"))
    #expect(copy.names == file.names)
    #expect(copy.metadata == file.metadata)
    for name in file.names {
      #expect(try copy.entry(name) == file.entry(name))
      let same = try file.withUnsafeBytes(of: name) { original in
        try copy.withUnsafeBytes(of: name) { $0.elementsEqual(original) }
      }
      #expect(same, "\(name)")
    }
  }
}

/// The checksum of zlib's crc32.
private struct CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
  }
  private var state: UInt32 = 0xFFFF_FFFF
  var value: UInt32 { ~state }

  mutating func add<Element: BitwiseCopyable>(_ values: [Element]) {
    values.withUnsafeBytes { bytes in
      for byte in bytes {
        state = Self.table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8
      }
    }
  }
}
