import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// Data sets and caches are written completely or not at all, whatever fails.
@Suite struct DatasetFaultTests {
  private static let old = SampleDataset.make(seed: 1, sizes: (2, 1, 1))
  private static let new = SampleDataset.make(seed: 2, sizes: (3, 1, 1))

  private func check(_ write: (GraphDataset, String, Bool) throws -> Void) throws {
    for overwrite in [false, true] {
      let folder = try TemporaryFolder()
      let path = folder.path("made")
      let count = try checkFileFaults(in: folder) {
        try? FileManager.default.removeItem(atPath: path)
        if overwrite { try write(Self.old, path, false) }
      } check: { succeeded in
        #expect(try folder.contents == ["made"] || (!succeeded && !overwrite))
        if !FileManager.default.fileExists(atPath: path) { return }
        let found = try GraphDataset.read(from: path).checksum
        #expect(found == Self.new.checksum || (!succeeded && found == Self.old.checksum))
      } work: {
        try write(Self.new, path, overwrite)
      }
      #expect(count > 20)
    }
  }

  @Test func tuDataset() throws { try check { try TUDataset.write($0, to: $1, overwrite: $2) } }

  @Test func jsonLines() throws {
    try check { try JSONLinesDataset.write($0, to: $1, overwrite: $2) }
  }

  @Test func cache() throws {
    let fixture = try NodeFolderFixture()
    let (sources, folder) = (fixture, try TemporaryFolder())
    let options = NodeDataset.Options(cacheFolder: folder.path)
    let expected = try sources.read(options).checksum
    let count = try checkFileFaults(in: folder) {
      for name in try folder.contents {
        try FileManager.default.removeItem(atPath: folder.path(name))
      }
    } check: { _ in
      // Whatever happened, the next reading is right.
      let again = try sources.read(options).checksum
      #expect(again == expected)
      let names = try folder.contents
      #expect(names.count == 1)
    } work: {
      let found = try sources.read(options).checksum
      #expect(found == expected)
    }
    #expect(count > 10)
  }

  @Test func reading() throws {
    let folder = try TemporaryFolder()
    try JSONLinesDataset.write(Self.old, to: folder.path("made"))
    let count = try checkFileFaults(in: folder, code: EIO, prepare: {}, check: { _ in }) {
      let found = try GraphDataset.read(from: folder.path("made")).checksum
      #expect(found == Self.old.checksum)
    }
    #expect(count >= 7)
  }

  /// A cache whose checksums are right but whose numbers are not is made anew.
  @Test func aCacheOfWrongNumbers() throws {
    let fixture = try NodeFolderFixture()
    let whole = try fixture.read()
    let cache = try #require(whole.loading?.cacheFile)
    let sound = try SystemFiles.read(cache)
    let length = sound[16..<24].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let text = String(decoding: sound[32..<32 + length], as: UTF8.self)
    for (field, value) in [
      ("nodeCount", "9223372036854775807"), ("edgeCount", "4611686018427387905"),
      ("scoreCount", "9223372036854775807"), ("targetCount", "-1"), ("nodeCount", "0"),
      ("edgeCount", "-3"),
    ] {
      let range = try #require(text.range(of: "\"\(field)\":[-0-9]+", options: .regularExpression))
      let changed = Array(text.replacingCharacters(in: range, with: "\"\(field)\":\(value)").utf8)
      var bytes = Array(sound)
      for (start, number) in [(16, UInt64(changed.count)), (24, XXHash64.digest(changed))] {
        for index in 0..<8 {
          bytes[start + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
        }
      }
      bytes.replaceSubrange(32..<32 + changed.count, with: changed)
      try Data(bytes).write(to: URL(fileURLWithPath: cache))
      let again = try fixture.read()
      #expect(again.checksum == whole.checksum && again.loading?.rebuildReason != nil, "\(field)")
    }
  }
}
