import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import Testing

struct NpyTruth: Decodable {
  let data: Data
  let kind: String
  let bigEndian: Bool
  let fortran: Bool
  let plain: Bool
  let shape: [Int]
  let values: [String]
  let version: Int

  var numbers: TypeTruth { TypeTruth(dtype: kind, shape: shape, values: values) }
}

@Suite("npy files")
struct NpyFileTests {
  @Test("every type, version, byte order and layout of NumPy reads back exactly")
  func everyKind() throws {
    let folder = try TemporaryFolder()
    let cases: [NpyTruth] = try Truth.decode("npy.json")
    #expect(cases.count == 48)
    for (number, truth) in cases.enumerated() {
      let path = folder.path("\(number).npy")
      try truth.data.write(to: URL(fileURLWithPath: path))
      for file in [
        try NpyFile(path: path), try NpyFile(bytes: [UInt8](truth.data), label: "memory"),
      ] {
        #expect(file.version == (truth.version, 0))
        #expect(file.elementType.npyCode == truth.kind)
        #expect(file.shape == truth.shape)
        #expect(file.isBigEndian == truth.bigEndian)
        #expect(file.isFortranOrder == truth.fortran, "\(number)")
        #expect(file.elementCount == truth.values.count)
        let expected = truth.numbers.doubles
        #expect(try file.doubles(.rounding) == expected, "\(number)")
        #expect(try file.floats(.rounding) == expected.map { Float($0) })
        var buffer = [Float](repeating: .nan, count: expected.count)
        try buffer.withUnsafeMutableBufferPointer { try file.read(into: $0, .rounding) }
        #expect(buffer == expected.map { Float($0) })
        if file.elementType.isFloatingPoint {
          #expect(throws: InputError.self) { try file.integers() }
        } else {
          #expect(try file.integers() == truth.numbers.integers, "\(number)")
        }
        file.prefetch()
      }
    }
  }

  @Test("Fortran order becomes row-major for any shape")
  func fortran() throws {
    var generator = TestRandom(11)
    for _ in 0..<60 {
      let rank = Int.random(in: 1...5, using: &generator)
      let largest = [400, 90, 20, 9, 6][rank - 1]
      let shape = (0..<rank).map { _ in Int.random(in: 1...largest, using: &generator) }
      let count = shape.reduce(1, *)
      // Element number f in file order is f itself; its index is counted first axis fastest.
      let stored = (0..<count).map { Int32($0) }
      let text =
        "{'descr': '<i4', 'fortran_order': True, 'shape': "
        + "(\(shape.map(String.init).joined(separator: ", ")),), }\n"
      let file = try NpyFile(
        bytes: npy(Array(text.utf8), stored.withUnsafeBytes { Array($0) }), label: "memory")
      var expected = [Int64](repeating: -1, count: count)
      for f in 0..<count {
        var (rest, index) = (f, [Int]())
        for extent in shape {
          index.append(rest % extent)
          rest /= extent
        }
        expected[zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }] = Int64(f)
      }
      #expect(try file.integers() == expected, "\(shape)")
    }
  }

  /// What NumPy accepts and this reader refuses.
  static let stricter: Set = ["bar on two bytes", "complex", "void", "structured", "long data"]

  @Test("a header is accepted where NumPy accepts it, and never else")
  func verdicts() throws {
    let verdicts = try Truth.decode("verdicts.json", as: Verdicts.self).npy
    #expect(verdicts.count > 100 && verdicts.contains { $0.accepted })
    for verdict in verdicts {
      let error = npyError([UInt8](verdict.data))
      let expected = verdict.accepted && !Self.stricter.contains(verdict.name)
      #expect((error == nil) == expected, "\(verdict.name): \(String(describing: error))")
    }
  }

  static let sample = npy(
    Array("{'descr': '>f4', 'fortran_order': True, 'shape': (2, 1L), }\n".utf8),
    [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0])

  @Test("cut off at any byte, or with a byte too many, a file is refused")
  func truncation() throws {
    #expect(try NpyFile(bytes: Self.sample, label: "memory").floats() == [1, -2])
    for count in 0..<Self.sample.count {
      #expect(npyError(Array(Self.sample[..<count])) != nil, "\(count) bytes")
    }
    #expect(npyError(Self.sample + [0])?.kind == .layout)
    #expect(npyError(Array(Self.sample.dropLast()))?.kind == .truncated)
  }

  @Test("mutated headers open soundly or fail with a typed error", arguments: 1...4)
  func mutations(seed: UInt64) throws {
    let tokens = [
      "'", "\"", "{", "}", "(", ")", "[", ",", ":", "\\", "0", "-", "1", "9", "L", "e9", ".5",
      "99999999999999999999", "9223372036854775807", "4294967296", "None", "True", "False",
      "'descr'", "'shape'", "'<f8'", "'|b1'", "'|O'", "((((", "\0", "é", "(2,)", "(1, 2)",
      "lambda:0",
    ]
    var generator = TestRandom(seed)
    let header = Array(Self.sample[10..<(Self.sample.count - 8)])
    var opened = 0
    for round in 0..<1000 {
      let bytes =
        round % 4 == 0
        ? mutated(Self.sample, tokens: tokens, using: &generator)
        : npy(mutated(header, tokens: tokens, using: &generator), Array(Self.sample.suffix(8)))
      guard npyError(bytes) == nil else { continue }
      opened += 1
      let file = try NpyFile(bytes: bytes, label: "memory")
      #expect(file.shape.reduce(1, *) == file.elementCount)
      if file.elementType != .bool {
        #expect(try file.doubles(.rounding).count == file.elementCount)
      }
      #expect(
        file.withUnsafeBytes { $0.count } == file.elementCount * file.elementType.byteCount)
    }
    #expect(opened > 0 && opened < 500)
  }

  @Test("errors say what was found and what was expected")
  func messages() {
    let text = npyError(
      npy(Array("{'descr': '<c8', 'fortran_order': False, 'shape': ()}".utf8), []))
    #expect(
      text?.description == "memory: found descr '<c8', expected a byte order and one of "
        + "b1, u1, i1, i2, u2, f2, i4, u4, f4, f8, i8, u8")
  }
}

@Suite("Writing npy files")
struct NpyWriterTests {
  @Test("the bytes are NumPy's")
  func reference() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.npy")
    var compared: Set<String> = []
    for truth in try Truth.decode("npy.json", as: [NpyTruth].self) where truth.plain {
      let numbers = truth.numbers
      switch truth.kind {
      case "b1": try NpyFile.write(numbers.integers.map { $0 == 1 }, shape: truth.shape, to: path)
      case "u1": try write(numbers.integers, UInt8.self)
      case "i1": try write(numbers.integers, Int8.self)
      case "u2": try write(numbers.integers, UInt16.self)
      case "i2": try write(numbers.integers, Int16.self)
      case "u4": try write(numbers.integers, UInt32.self)
      case "i4": try write(numbers.integers, Int32.self)
      case "u8": try write(numbers.integers, UInt64.self)
      case "i8": try write(numbers.integers, Int64.self)
      case "f4": try NpyFile.write(numbers.doubles.map { Float($0) }, shape: truth.shape, to: path)
      case "f8": try NpyFile.write(numbers.doubles, shape: truth.shape, to: path)
      default: continue
      }
      #expect(try bytes(ofFile: path) == [UInt8](truth.data), "\(truth.kind) \(truth.shape)")
      compared.insert(truth.kind)

      func write<T: StoredElement & FixedWidthInteger>(_ values: [Int64], _: T.Type) throws {
        try NpyFile.write(values.map { T($0) }, shape: truth.shape, to: path)
      }
    }
    #expect(compared.count == 11, "\(compared)")
    #expect(try folder.contents == ["a.npy"])
  }

  @Test("streaming rows gives the bytes of writing at once, for any number of rows")
  func streaming() throws {
    let folder = try TemporaryFolder()
    for rowCount in [0, 1, 9, 10, 12345] {
      let values = (0..<rowCount * 6).map { Float($0) * 0.25 }
      try NpyFile.write(values, shape: [rowCount, 2, 3], to: folder.path("whole"))
      let stream = try NpyStreamWriter(path: folder.path("stream"), .float32, rowShape: [2, 3])
      var start = 0
      while start < values.count {
        let end = min(start + 1000, values.count)
        try stream.append(Array(values[start..<end]))
        start = end
      }
      try stream.finish()
      #expect(try bytes(ofFile: folder.path("stream")) == bytes(ofFile: folder.path("whole")))
      #expect(try NpyFile(path: folder.path("stream")).shape == [rowCount, 2, 3])
    }
    #expect(try folder.contents == ["stream", "whole"])
  }

  @Test("misuse is a typed error; a file that was there stays")
  func misuse() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.npy")
    func kind(_ body: () throws -> Void) -> InputError.Kind? {
      do { try body() } catch { return (error as? InputError)?.kind }
      return nil
    }
    try NpyFile.write([1, 2] as [Int64], shape: [2], to: path)
    let before = try bytes(ofFile: path)
    #expect(kind { try NpyFile.write([1] as [Float], shape: [2], to: path) } == .shape)
    #expect(kind { try NpyFile.write([1] as [Float], shape: [-1, -1], to: path) } == .shape)
    #expect(kind { _ = try NpyStreamWriter(path: path, .bfloat16, rowShape: []) } == .unsupported)
    #expect(kind { _ = try NpyStreamWriter(path: path, .int8, rowShape: [0]) } == .shape)
    #expect(kind { _ = try NpyStreamWriter(path: path, .int8, rowShape: [.max, 2]) } == .shape)
    let stream = try NpyStreamWriter(path: path, .float64, rowShape: [2])
    #expect(kind { try stream.append([1] as [Float]) } == .conversion)
    try stream.append([1, 2, 3] as [Double])
    #expect(kind { try stream.finish() } == .incomplete)
    #expect(kind { try stream.append([1] as [Double]) } == .incomplete)
    do {
      let dropped = try NpyStreamWriter(path: path, .float64, rowShape: [])
      try dropped.append([1] as [Double])
    }
    #expect(try bytes(ofFile: path) == before)
    #expect(try folder.contents == ["a.npy"])
  }
}
