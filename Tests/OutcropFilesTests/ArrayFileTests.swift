import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import Testing

struct ArrayFileTests {
  private struct Numbers: Decodable {
    let shape: [Int]
    let bits: [UInt32]?
    let integers: [Int64]?
  }

  /// All rows, read in blocks of at most `rows`.
  private func floats(_ file: ArrayFile, _ name: String, rows: Int) throws -> [Float] {
    let reader = try RowReader(file, name)
    var result: [Float] = []
    var block = [Float](repeating: -1, count: rows * reader.width)
    while true {
      let start = reader.nextRow
      let count = try block.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
      #expect(reader.nextRow == start + count)
      if count == 0 { return result }
      result += block[..<(count * reader.width)]
    }
  }

  @Test(arguments: ["arrays.npz", "arrays_compressed.npz"], [1, 5, 23, 100])
  func numPysArchivesGiveNumPysNumbers(name: String, rows: Int) throws {
    let truth: [String: Numbers] = try Truth.decode("arrays.json")
    let file = try ArrayFile(path: Truth.url(name).path)
    #expect(file.format == .npz)
    #expect(Set(truth.keys).union(["names", "complex"]) == Set(file.names))
    for (array, numbers) in truth {
      let entry = try file.entry(array)
      #expect(entry.shape == numbers.shape)
      #expect(entry.isCompressed == (name == "arrays_compressed.npz"))
      #expect(entry.isFortranOrder == array.contains("fortran"))
      #expect(entry.isBigEndian == array.contains("big"))
      if let bits = numbers.bits {
        let found = try floats(file, array, rows: rows)
        #expect(found.map(\.bitPattern).elementsEqual(bits), "\(array)")
      } else {
        #expect(try file.integers(array) == numbers.integers)
      }
    }
  }

  @Test func arraysOfOtherTypesAreErrorsOfTheirOwn() throws {
    let file = try ArrayFile(path: Truth.url("arrays.npz").path)
    for name in ["names", "complex"] {
      #expect(file.contains(name))
      let error = #expect(throws: InputError.self) { try file.entry(name) }
      #expect(error?.kind == .unsupported)
      #expect(error?.field == name)
      #expect(error?.description.contains("arrays.npz: '\(name)'") == true)
    }
    #expect(throws: InputError.self) { try file.entry("none") }
    #expect(throws: InputError.self) { try file.integers("single") }
    #expect(throws: InputError.self) { try file.integers("fortran") }
  }

  @Test func rewindingReadsTheSameAgain() throws {
    let truth: [String: Numbers] = try Truth.decode("arrays.json")
    for name in ["arrays.npz", "arrays_compressed.npz"] {
      let file = try ArrayFile(path: Truth.url(name).path)
      for array in ["half", "single", "big_fortran"] {
        let reader = try RowReader(file, array)
        var block = [Double](repeating: 0, count: 10 * 7)
        _ = try block.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
        try reader.rewind()
        var all = [Float](repeating: 0, count: 23 * 7)
        #expect(try all.withUnsafeMutableBufferPointer { try reader.read(into: $0) } == 23)
        #expect(all.map(\.bitPattern) == truth[array]?.bits)
        let other = try RowReader(sharing: reader)
        try reader.rewind()
        try reader.skip(to: 20)
        #expect(try all.withUnsafeMutableBufferPointer { try reader.read(into: $0) } == 3)
        #expect(all[..<21].map(\.bitPattern) == truth[array]?.bits?.suffix(21))
        #expect(try all.withUnsafeMutableBufferPointer { try other.read(into: $0) } == 23)
        #expect(all.map(\.bitPattern) == truth[array]?.bits)
      }
    }
  }

  /// Random shapes and types, large enough for several pieces of parallel work, against `NpyFile`.
  @Test(arguments: 0..<12) func blocksEqualTheWhole(seed: UInt64) throws {
    var random = TestRandom(seed)
    let folder = try TemporaryFolder()
    let code = ["f2", "f4", "f8"].randomElement(using: &random)!
    let size = Int(code.dropFirst())!
    let order = ["<", ">"].randomElement(using: &random)!
    let isFortran = seed % 3 == 0
    let width = Int.random(in: 1...200, using: &random)
    let rows = Int.random(in: 1...(900_000 / width), using: &random)
    var data = [UInt8](repeating: 0, count: rows * width * size)
    for index in data.indices { data[index] = UInt8(truncatingIfNeeded: random.next() >> 32) }
    let header =
      "{'descr': '\(order)\(code)', 'fortran_order': \(isFortran ? "True" : "False"), "
      + "'shape': (\(rows), \(width)), }"
    let path = folder.path("x.npy")
    try Data(npy(Array(header.utf8), data)).write(to: URL(fileURLWithPath: path))

    let file = try ArrayFile(path: path)
    #expect(file.names == ["x"])
    let expected = try NpyFile(path: path).floats(.rounding)
    for rows in [Int.random(in: 1...2000, using: &random) + 50, rows] {
      let found = try floats(file, "x", rows: rows)
      #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
    }
  }

  @Test func safetensorsAreReadByRows() throws {
    let path = try Truth.url("types.safetensors").path
    let whole = try SafetensorsFile(path: path)
    let file = try ArrayFile(path: path)
    #expect(file.names == whole.names)
    for name in file.names where try (1...2).contains(file.entry(name).shape.count) {
      let entry = try file.entry(name)
      #expect(entry.shape == (try whole.entry(name).shape))
      if entry.elementType.isFloatingPoint {
        let expected = try whole.floats(name, .rounding)
        #expect(try floats(file, name, rows: 2).map(\.bitPattern) == expected.map(\.bitPattern))
      } else if entry.elementType != .uint64, entry.shape.count == 1 {
        #expect(try file.integers(name) == whole.integers(name))
      }
    }
  }

  @Test func formatsAreToldByFirstBytesWhereNamesDoNot() throws {
    let folder = try TemporaryFolder()
    let url = { (name: String) in URL(fileURLWithPath: folder.path(name)) }
    try FileManager.default.copyItem(at: Truth.url("arrays.npz"), to: url("a"))
    try FileManager.default.copyItem(at: Truth.url("types.safetensors"), to: url("b"))
    try NpyFile.write([1, 2] as [Float], shape: [1, 2], to: folder.path("c.dat"))
    #expect(try ArrayFile(path: folder.path("a")).format == .npz)
    #expect(try ArrayFile(path: folder.path("b")).format == .safetensors)
    #expect(try ArrayFile(path: folder.path("c.dat")).format == .npy)
  }

  @Test func aFileCutShortWhileOpenIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("x.npy")
    try NpyFile.write([Float](repeating: 1, count: 4000), shape: [1000, 4], to: path)
    let reader = try RowReader(ArrayFile(path: path), "x")
    #expect(truncate(path, 1000) == 0)
    var block = [Float](repeating: 0, count: 4000)
    let error = #expect(throws: InputError.self) {
      try block.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
    }
    #expect(error?.kind == .truncated)
    #expect(error?.file == path)
  }

  /// Random damage to an archive: an error of its own, or numbers.
  @Test func damagedArchivesAreErrorsOrHarmless() throws {
    let folder = try TemporaryFolder()
    let whole = try bytes(ofFile: Truth.url("arrays_compressed.npz").path)
    var random = TestRandom(3)
    var failures = 0
    for _ in 0..<400 {
      var damaged = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] =
          UInt8.random(in: 0...255, using: &random)
      }
      if Int.random(in: 0..<5, using: &random) == 0 {
        damaged = Array(damaged.prefix(Int.random(in: 0...damaged.count, using: &random)))
      }
      let path = folder.path("d.npz")
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      do {
        let file = try ArrayFile(path: path)
        for name in file.names where try (1...2).contains(file.entry(name).shape.count) {
          _ = try floats(file, name, rows: 10)
        }
      } catch {
        #expect(error is InputError)
        failures += 1
      }
    }
    #expect(failures > 100)
  }
}
