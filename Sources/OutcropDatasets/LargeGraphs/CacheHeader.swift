import Foundation
import OutcropCore

/// The header of a cache file.
///
/// The file begins with `OUTCROPG`, version and byte order (UInt32 each), and the number of bytes of the
/// JSON text that follows and its XXH64 (UInt64 each). The sections start at byte 65536; each is an array
/// in its format in memory.
struct CacheHeader: Codable, Equatable {
  /// The version of the format; every change of the layout increases it.
  static let version: UInt32 = 1
  static let reservedSize = 1 << 16
  private static let magic = Array("OUTCROPG".utf8)
  private static let byteOrder: UInt32 = 0x0102_0304
  private static let fixedSize = 32

  /// A source file of the cache.
  struct Source: Codable, Equatable {
    /// Its path inside the data set's folder.
    var name: String
    var byteCount: Int
    /// Microseconds since 2001.
    var modified: Int
    /// XXH64 of its bytes.
    var checksum: String
  }

  struct Section: Codable, Equatable {
    var name: String
    var offset: Int
    var byteCount: Int
    /// The checksum of the section, see `checksum(_:)`.
    var checksum: String
  }

  var sources: [Source]
  var sections: [Section] = []
  var nodeCount: Int
  var edgeCount: Int
  var scoreCount: Int
  var hasScoresInThousandths: Bool
  /// The species' numbers in the source, ascending.
  var speciesValues: [Int32]
  var targetCount: Int

  /// The header as the first bytes of the file at `path`.
  func encoded(for path: String) throws -> [UInt8] {
    let text = Array(try JSON.encode(self))
    guard Self.fixedSize + text.count <= Self.reservedSize else {
      throw InputError(
        file: path, found: "a description of \(text.count) bytes",
        expected: "at most \(Self.reservedSize - Self.fixedSize): fewer species")
    }
    var bytes = Self.magic
    func append<Number: FixedWidthInteger>(_ number: Number) {
      withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
    }
    append(Self.version)
    append(Self.byteOrder)
    append(UInt64(text.count))
    append(XXHash64.digest(text))
    return bytes + text
  }

  /// The header of a cache file. Throws `CacheProblem`.
  static func decode(_ file: MappedFile) throws -> CacheHeader {
    guard file.count >= reservedSize else { throw CacheProblem("the cache is truncated") }
    let fixed = UnsafeRawBufferPointer(rebasing: file.unsafeBytes[..<fixedSize])
    guard fixed.prefix(8).elementsEqual(magic) else {
      throw CacheProblem("the file is not a cache of this program")
    }
    let version = fixed.load(fromByteOffset: 8, as: UInt32.self)
    guard version == Self.version, fixed.load(fromByteOffset: 12, as: UInt32.self) == byteOrder
    else {
      throw CacheProblem("another version or kind of machine wrote the cache")
    }
    let length = fixed.load(fromByteOffset: 16, as: UInt64.self)
    guard length <= UInt64(reservedSize - fixedSize) else {
      throw CacheProblem("the cache is damaged")
    }
    let text = UnsafeRawBufferPointer(
      rebasing: file.unsafeBytes[fixedSize..<fixedSize + Int(length)])
    guard XXHash64.digest(text) == fixed.load(fromByteOffset: 24, as: UInt64.self),
      let header = try? JSON.decode(CacheHeader.self, from: Data(text), file: "the cache")
    else { throw CacheProblem("the cache is damaged") }
    return header
  }

  /// A digest of a section: of the XXH64 digests of its blocks of 4 MiB, computed in parallel.
  static func checksum(_ bytes: UnsafeRawBufferPointer) -> String {
    let size = 1 << 22
    var digests = [UInt64](repeating: 0, count: (bytes.count + size - 1) / size)
    digests.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let digests = buffer
      nonisolated(unsafe) let bytes = bytes
      ThreadPool.forRanges(bytes.count, grain: size) { range in
        digests[range.lowerBound / size] = XXHash64.digest(
          UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
    }
    return XXHash64.hexadecimal(XXHash64.digest(digests))
  }
}

/// The reason why a cache cannot be used and is written again.
struct CacheProblem: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
