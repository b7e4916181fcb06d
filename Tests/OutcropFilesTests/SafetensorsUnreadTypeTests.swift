import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import Testing

/// Tensors of types that the format has and this library does not read stand beside others.
@Suite struct SafetensorsUnreadTypeTests {
  /// Names, shapes and bytes as the reference implementation counts them.
  private static let types: [(name: String, shape: [Int], byteCount: Int)] = [
    ("F4", [4, 3], 6), ("F6_E2M3", [4], 3), ("F6_E3M2", [2, 2], 3), ("F8_E4M3", [5], 5),
    ("F8_E5M2", [1, 7], 7), ("F8_E8M0", [0], 0), ("F8_E4M3FNUZ", [2], 2), ("F8_E5M2FNUZ", [3], 3),
    ("C64", [3], 24),
  ]

  private func file(_ type: String, _ shape: [Int], _ byteCount: Int) -> [UInt8] {
    let header =
      "{\"e\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
      + "\"odd\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[8,\(8 + byteCount)]}}"
    let values = [1.5, -2] as [Float]
    return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
      + Array(header.utf8) + values.withUnsafeBytes { Array($0) }
      + [UInt8](repeating: 7, count: byteCount)
  }

  @Test(arguments: types)
  func othersAreRead(type: String, shape: [Int], byteCount: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("in.safetensors", file(type, shape, byteCount)).path
    let whole = try SafetensorsFile(path: path)
    #expect(Set(whole.names) == ["e", "odd"] && whole.contains("odd"))
    #expect(try whole.floats("e") == [1.5, -2])
    let array = try ArrayFile(path: path)
    #expect(array.names.contains("odd") && array.contains("odd"))
    #expect(try array.entry("e").shape == [2, 1])
    for body in [
      { _ = try whole.floats("odd") }, { _ = try array.entry("odd") },
      { _ = try RowReader(array, "odd") },
    ] as [() throws -> Void] {
      do {
        try body()
        Issue.record("\(type) was read")
      } catch let error as InputError {
        #expect(error.kind == .unsupported && error.field == "odd")
        #expect(error.found == "elements of type \(type)")
      }
    }
  }

  @Test func sizesAreChecked() throws {
    for (type, shape, byteCount) in [("F4", [3], 2), ("F8_E4M3", [4], 3), ("C64", [1], 4)] {
      #expect(throws: InputError.self) {
        try SafetensorsFile(bytes: file(type, shape, byteCount), label: "in")
      }
    }
  }
}

@Suite struct RowReaderLimitTests {
  /// No byte stands behind rows without elements.
  @Test func rowsWithoutElements() throws {
    let folder = try TemporaryFolder()
    for (shape, isFine) in [("(1000000000, 0)", false), ("(3, 0)", true)] {
      var header = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
      header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
      let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0]
      let path = try folder.write("in.npy", bytes + Array(header.utf8)).path
      let file = try ArrayFile(path: path)
      if isFine {
        #expect(try RowReader(file, "in").rowCount == 3)
        continue
      }
      do {
        _ = try RowReader(file, "in")
        Issue.record("read")
      } catch let error as InputError {
        #expect(error.kind == .shape && error.found == "[1000000000, 0]")
      }
    }
  }

  @Test func overflowsAreCounted() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("in.npy")
    try NpyFile.write(
      [1, 1e300, -.infinity, -1e39, 3.4e38, .nan] as [Double], shape: [3, 2], to: path)
    let reader = try RowReader(try ArrayFile(path: path), "in")
    var values = [Float](repeating: 0, count: 6)
    let rows = try values.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
    #expect(rows == 3 && reader.overflowCount == 2)
    #expect(values[1] == .infinity && values[3] == -.infinity && values[4].isFinite)
    try reader.rewind()
    #expect(reader.overflowCount == 0)
  }
}
