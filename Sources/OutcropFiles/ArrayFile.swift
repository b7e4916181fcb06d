import Foundation
import OutcropCore

/// A safetensors, npy or npz file whose arrays are read in blocks of rows, so that memory use does
/// not depend on the file's size.
///
/// Opening reads and validates only the headers, as strictly as `SafetensorsFile` and `NpyFile`.
/// In an npz archive (zip, also zip64) each member `NAME.npy` is the array `NAME`, stored as by
/// `numpy.savez` or deflated as by `numpy.savez_compressed`; other members are ignored. An npy
/// file is one array that has the file's name without `.npy`.
///
/// Not guaranteed: the CRC-32 of stored members is not checked. That of deflated members is checked
/// when they are read to the end.
public final class ArrayFile: Sendable {
  /// The formats, recognized by the file's extension (`.npy`, `.npz`, `.safetensors`) or its first
  /// bytes.
  public enum Format: String, Sendable, CaseIterable { case safetensors, npy, npz }

  /// The type, shape and storage of one array.
  public struct Entry: Hashable, Sendable {
    /// Type of the stored elements.
    public let elementType: ElementType
    /// Extents in index order; empty for a scalar.
    public let shape: [Int]
    /// Whether the first index varies fastest in the file. Readers transpose such arrays.
    public let isFortranOrder: Bool
    /// Whether elements are big-endian in the file. Readers swap the bytes.
    public let isBigEndian: Bool
    /// Whether the array is deflated, so that it can only be read sequentially.
    public let isCompressed: Bool
  }

  /// The position of an array's bytes.
  enum Place: Sendable {
    /// At this byte of the file.
    case plain(start: Int)
    /// In a deflated member, after `header` bytes.
    case deflated(ZipArchive.Member, header: Int)
  }

  /// The path opened.
  public let path: String
  /// The file's format.
  public let format: Format
  /// Names of the arrays in the order of the file.
  public let names: [String]
  let bytes: MappedFile
  let archive: ZipArchive?
  /// Arrays of an unsupported type (text, complex numbers, objects, numbers of 8 bits and less) have an
  /// error, which is thrown only when such an array is requested.
  private let arrays: [String: Result<(entry: Entry, place: Place), InputError>]

  /// Opens the file. Throws `InputError` if it is invalid.
  public init(path: String) throws {
    let bytes = try MappedFile(path: path, keepsOpen: true)
    let format = Self.format(path, bytes)
    var archive: ZipArchive?
    let found: [(name: String, Result<(entry: Entry, place: Place), InputError>)]
    switch format {
    case .safetensors: found = try Self.safetensors(path, bytes)
    case .npy:
      let header = try bytes.withBytes(0..<bytes.count) { try NpyHeader($0, file: path) }
      let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
      found = [
        (name, .success((Entry(header, isCompressed: false), .plain(start: header.dataStart))))
      ]
    case .npz:
      let zip = try ZipArchive(bytes, path: path)
      archive = zip
      found = try zip.members.filter { $0.name.hasSuffix(".npy") }.map {
        (String($0.name.dropLast(4)), try Self.npy(in: zip, $0))
      }
    }
    self.path = path
    self.format = format
    self.bytes = bytes
    self.archive = archive
    names = found.map(\.name)
    arrays = Dictionary(found) { first, _ in first }
  }

  /// Whether the file has an array called `name`, of a supported type or not.
  public func contains(_ name: String) -> Bool { arrays[name] != nil }

  /// Type, shape and storage of an array. Throws `InputError` if there is no array called `name`
  /// or its type is unsupported (`.unsupported`).
  public func entry(_ name: String) throws -> Entry { try array(name).entry }

  func array(_ name: String) throws -> (entry: Entry, place: Place) {
    guard let array = arrays[name] else {
      throw InputError(
        .missing, file: path, field: name, found: "no array of that name",
        expected: "one of the file's \(names.count) arrays")
    }
    return try array.get()
  }

  private static func format(_ path: String, _ bytes: MappedFile) -> Format {
    if let format = Format.allCases.first(where: { path.hasSuffix(".\($0.rawValue)") }) {
      return format
    }
    return bytes.withBytes(0..<min(6, bytes.count)) { start in
      if start.elementsEqual(NpyHeader.magic) { return .npy }
      return start.starts(with: [0x50, 0x4b, 3, 4]) ? .npz : .safetensors
    }
  }

  private static func safetensors(
    _ path: String, _ bytes: MappedFile
  ) throws -> [(name: String, Result<(entry: Entry, place: Place), InputError>)] {
    let header = try bytes.withBytes(0..<bytes.count) { try SafetensorsHeader($0, file: path) }
    return header.names.map { name in
      guard let entry = header.entries[name] else {
        return (name, .failure(header.unread[name]!.error(name, file: path)))
      }
      return (
        name,
        .success(
          (
            Entry(
              elementType: entry.elementType, shape: entry.shape, isFortranOrder: false,
              isBigEndian: false, isCompressed: false),
            .plain(start: header.dataStart + entry.byteRange.lowerBound)
          ))
      )
    }
  }

  private static func npy(
    in archive: ZipArchive, _ member: ZipArchive.Member
  ) throws -> Result<(entry: Entry, place: Place), InputError> {
    // The largest size of a header.
    let prefix = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(member.size, 12 + NpyHeader.maximumByteCount), alignment: 64)
    defer { prefix.deallocate() }
    let start: Int?
    if member.isDeflated {
      start = nil
      guard try ZipMemberStream(archive, member).read(into: prefix) == prefix.count else {
        throw InputError(
          .truncated, file: archive.path, field: member.name, found: "an early end",
          expected: "\(member.size) bytes")
      }
    } else {
      let content = try archive.content(member)
      start = content.lowerBound
      try archive.file.read(at: content.lowerBound, into: prefix, file: archive.path)
    }
    do {
      let header = try NpyHeader(
        UnsafeRawBufferPointer(prefix), fileSize: member.size, file: archive.path)
      let place =
        start.map { Place.plain(start: $0 + header.dataStart) }
        ?? .deflated(member, header: header.dataStart)
      return .success((Entry(header, isCompressed: start == nil), place))
    } catch let error as InputError {
      let named = InputError(
        error.kind, file: error.file, field: String(member.name.dropLast(4)), found: error.found,
        expected: error.expected)
      if error.kind == .unsupported { return .failure(named) }
      throw named
    }
  }
}

extension ArrayFile.Entry {
  init(_ header: NpyHeader, isCompressed: Bool) {
    self.init(
      elementType: header.elementType, shape: header.shape,
      isFortranOrder: header.isFortranOrder && header.shape.count > 1,
      isBigEndian: header.isBigEndian, isCompressed: isCompressed)
  }
}
