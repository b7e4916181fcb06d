import Foundation
import OutcropCore
import OutcropFiles
import OutcropStatistics

/// The readers of arrays and of compressed streams.
extension FuzzReader {
  private static let safetensorsHeader =
    "{\"__metadata__\":{\"k\\n\":\"\\u00e9\"},\"layers.0.e\":{\"dtype\":\"F32\",\"shape\":[3,2],"
    + "\"data_offsets\":[0,24]},\"b\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[24,26]},"
    + "\"f8\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[26,28]},\"h\":{\"dtype\":"
    + "\"F16\",\"shape\":[],\"data_offsets\":[28,30]}}"

  private static func safetensorsBytes() -> [UInt8] {
    let length = UInt64(safetensorsHeader.utf8.count).littleEndian
    var bytes: [UInt8] = withUnsafeBytes(of: length) { Array($0) }
    bytes += Array(safetensorsHeader.utf8)
    for index in 0..<30 { bytes.append(UInt8(index % 2)) }
    return bytes
  }

  static let safetensors = FuzzReader(
    name: "safetensors",
    seeds: [one("in.safetensors", safetensorsBytes(), .safetensors)]
      + shared("st-f8-tag", .safetensors) + shared("three-axes", .safetensors),
    read: readArrays)

  private static func npyBytes(_ descr: String, _ shape: String, _ data: [UInt8]) -> [UInt8] {
    let text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }\n"
    var bytes: [UInt8] = [0x93]
    bytes += Array("NUMPY".utf8)
    bytes += [1, 0, UInt8(text.utf8.count), 0]
    return bytes + Array(text.utf8) + data
  }

  private static let arrays: [[UInt8]] = [
    npyBytes("<f4", "(3, 2)", [UInt8](repeating: 0x3f, count: 24)),
    npyBytes(">i8", "(2,)", [UInt8](repeating: 0, count: 16)),
    npyBytes("<f8", "(2, 1)", [UInt8](repeating: 0x7e, count: 16)),
  ]

  static let npy = FuzzReader(
    name: "npy",
    seeds: arrays.map { bytes -> Seed in one("in.npy", bytes, .npy) }
      + shared("half-overflow", .npy),
    read: readArrays)

  static let npz = FuzzReader(
    name: "npz", seeds: [one("in.npz", zipArchive(arrays), .binary)], read: readArrays)

  static let gzip = FuzzReader(
    name: "gzip", seeds: [one("in.txt.gz", gzipSeed(), .binary)], read: readBytes)

  private static func gzipSeed() -> [UInt8] {
    let members = ["some text\nand more\n", String(repeating: "1, 2\n", count: 50)]
    return members.flatMap { (try? gzipMember(Array($0.utf8))) ?? [] }
  }

  static let summary = FuzzReader(
    name: "summary", seeds: [one("in.json", summarySeed(), .json)], read: readSummary)

  private static func summarySeed() -> [UInt8] {
    do {
      var summary = ActivationSummary(options: .init(thresholds: [10, 100], topCount: 2))
      try summary.add(
        [1, 2, 3, 40, .infinity, 6, 0, 0, 0, 5, 5, 5000], rowCount: 4, width: 3,
        batchOffsets: [0, 2, 4])
      return Array(try JSON.encode(summary))
    } catch {
      fatalError("no summary to change: \(error)")
    }
  }
}

@Sendable private func readBytes(_ folder: String) throws -> String {
  let stream = try ByteStream(path: "\(folder)/in.txt.gz")
  var (digest, total) = (XXHash64(), 0)
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
  defer { buffer.deallocate() }
  while true {
    let count = try stream.read(into: buffer, line: 1)
    if count == 0 { break }
    total += count
    digest.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }
  return "\(total) \(digest.finishHexadecimal())"
}

@Sendable private func readSummary(_ folder: String) throws -> String {
  let summary = try ActivationSummary.load(path: "\(folder)/in.json")
  let verdict = LayerVerdict(summary, options: .init(replicates: 0))
  var merged = summary
  try? merged.merge(summary)
  return "\(summary.massive(.row)) \(verdict.reasons.map(\.sentence)) \(merged.valueCount)"
}

@Sendable private func readArrays(_ folder: String) throws -> String {
  let path = "\(folder)/\(try SystemFiles.names(in: folder).first ?? "in.npz")"
  let file = try ArrayFile(path: path)
  var text = ""
  for name in file.names {
    do {
      let entry = try file.entry(name)
      text += "\(name) \(entry.elementType) \(entry.shape) "
      guard (1...2).contains(entry.shape.count) else { continue }
      let reader = try RowReader(file, name)
      var values = [Float](repeating: 0, count: max(1, reader.width) * 16)
      while true {
        let rows = try values.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
        if rows == 0 { break }
        let part = Array(values[..<(rows * reader.width)])
        text += XXHash64.hexadecimal(XXHash64.digest(part))
        var summary = ActivationSummary(options: .init(thresholds: [10], topCount: 2))
        try summary.add(part, rowCount: rows, width: reader.width)
        if summary.values.infiniteCount >= reader.overflowCount {
          summary.countOverflows(reader.overflowCount)
        }
      }
    } catch let error as InputError where error.kind == .unsupported {
      text += "\(name) unread "
    }
  }
  switch file.format {
  case .safetensors:
    let whole = try SafetensorsFile(path: path)
    for name in whole.names {
      _ = try? whole.floats(name, .rounding)
      _ = try? whole.integers(name)
    }
    text += "\(whole.metadata.sorted { $0.key < $1.key })"
  case .npy:
    let whole = try NpyFile(path: path)
    _ = try? whole.doubles(.rounding)
    _ = try? whole.integers()
  case .npz: break
  }
  return text
}

/// A zip archive with stored members a0.npy, a1.npy, ….
private func zipArchive(_ contents: [[UInt8]]) -> [UInt8] {
  func little(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
  for (index, content) in contents.enumerated() {
    let name = Array("a\(index).npy".utf8)
    let sum = Int(crc32(content))
    let common =
      little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(sum, 4)
      + little(content.count, 4) + little(content.count, 4) + little(name.count, 2) + little(0, 2)
    directory +=
      little(0x0201_4b50, 4) + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 2)
      + little(0, 4) + little(bytes.count, 4) + name
    bytes += little(0x0403_4b50, 4) + common + name + content
  }
  return bytes + directory + little(0x0605_4b50, 4) + little(0, 4) + little(contents.count, 2)
    + little(contents.count, 2) + little(directory.count, 4) + little(bytes.count, 4) + little(0, 2)
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var sum: UInt32 = 0xffff_ffff
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
  }
  return ~sum
}
