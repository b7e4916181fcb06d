import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import Testing

struct TypeTruth: Decodable {
  let dtype: String
  let shape: [Int]
  let values: [String]

  var doubles: [Double] {
    values.map { $0 == "True" ? 1 : $0 == "False" ? 0 : Double($0)! }
  }
  var integers: [Int64] {
    values.map { $0 == "True" ? 1 : $0 == "False" ? 0 : Int64($0)! }
  }
}

@Suite("Reading safetensors")
struct SafetensorsFileTests {
  @Test("every type of the reference writer reads back exactly")
  func everyType() throws {
    let path = try Truth.url("types.safetensors").path
    let truth: [String: TypeTruth] = try Truth.decode("types.json")
    for file in [
      try SafetensorsFile(path: path), try SafetensorsFile(readingPath: path),
      try SafetensorsFile(bytes: bytes(ofFile: path), label: path),
    ] {
      #expect(Set(file.names) == Set(truth.keys))
      #expect(file.metadata == ["note": "tab\t\"é\""])
      for (name, expected) in truth {
        let entry = try file.entry(name)
        #expect(entry.elementType.safetensorsName == expected.dtype)
        #expect(entry.shape == expected.shape)
        #expect(entry.elementCount == expected.values.count)
        let doubles = try file.doubles(name, .rounding)
        #expect(doubles == expected.doubles, "\(name)")
        #expect(try file.floats(name, .rounding) == expected.doubles.map { Float($0) }, "\(name)")
        var buffer = [Double](repeating: .nan, count: entry.elementCount)
        try buffer.withUnsafeMutableBufferPointer { try file.read(name, into: $0, .rounding) }
        #expect(buffer == doubles)
        if !entry.elementType.isFloatingPoint {
          #expect(try file.integers(name) == expected.integers, "\(name)")
        }
        try file.prefetch(name)
      }
    }
  }

  @Test("names come in the order of the data, whatever the header's order")
  func fileOrder() throws {
    let file = try SafetensorsFile(
      bytes: safetensors(
        """
        {"late":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},
         "none":{"data_offsets":[1,1],"shape":[0],"dtype":"F64"},
         "early":{"shape":[],"dtype":"U8","data_offsets":[0,1]}}
        """, [5, 6, 7]), label: "memory")
    #expect(file.names == ["early", "none", "late"])
    #expect(try file.integers("early") == [5])
    #expect(try file.doubles("none") == [])
    #expect(try file.integers("late") == [6, 7])
  }

  @Test("data that isn't aligned reads as well as data that is")
  func unaligned() throws {
    let values: [Float] = [1.5, -2, .infinity]
    let data = [UInt8(9)] + values.withUnsafeBytes { Array($0) }
    let header =
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
      + #""f":{"dtype":"F32","shape":[3],"data_offsets":[1,13]}}"#
    for padding in 0..<8 {
      let file = try SafetensorsFile(
        bytes: safetensors(header + String(repeating: " ", count: padding), data),
        label: "memory")
      #expect(try file.floats("f") == values)
      #expect(try file.doubles("f") == values.map(Double.init))
      #expect(try file.withUnsafeBytes(of: "f") { Array($0) } == Array(data[1...]))
    }
  }

  @Test("halves and bfloats convert bit for bit, all 65536 of them")
  func halves() throws {
    let patterns = (0...UInt16.max).map { $0 }
    let data = patterns.withUnsafeBytes { Array($0) }
    func floats(_ type: String) throws -> [Float] {
      let file = try SafetensorsFile(
        bytes: safetensors(
          #"{"x":{"dtype":"\#(type)","shape":[256,256],"data_offsets":[0,131072]}}"#, data),
        label: "memory")
      return try file.floats("x")
    }
    let bfloats = try floats("BF16")
    #expect(bfloats.map(\.bitPattern) == patterns.map { UInt32($0) << 16 })
    #if !(os(macOS) && arch(x86_64))
      for (pattern, value) in zip(patterns, try floats("F16")) {
        let expected = Float(Float16(bitPattern: pattern))
        #expect(expected.isNaN ? value.isNaN : value.bitPattern == expected.bitPattern)
      }
    #endif
  }

  @Test("a conversion that would round is refused unless asked for")
  func conversions() throws {
    let file = try SafetensorsFile(path: Truth.url("types.safetensors").path)
    for name in ["f64", "i64", "u64", "i32", "u32"] {
      let error = #expect(throws: InputError.self) { try file.floats(name) }
      #expect(error?.kind == .conversion && error?.field == name)
    }
    for name in ["i64", "u64"] {
      #expect(throws: InputError.self) { try file.doubles(name) }
    }
    for name in ["f64", "f32", "f16", "bf16", "scalar", "empty"] {
      #expect(throws: InputError.self) { try file.integers(name) }
    }
    for name in ["f32", "f16", "bf16", "i16", "u16", "i8", "u8", "bool", "empty"] {
      #expect(throws: Never.self) { try file.floats(name) }
    }
    #expect(try file.floats("i64", .rounding) == [0x1p63, -0x1p63, 0x1p53])
  }

  @Test("a value outside its type is refused")
  func values() throws {
    let bool = try SafetensorsFile(
      bytes: safetensors(#"{"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#, [1, 2]),
      label: "memory")
    for read in [{ _ = try bool.floats("x") }, { _ = try bool.integers("x") }] {
      let error = #expect(throws: InputError.self) { try read() }
      #expect(error?.found == "2 as BOOL element 1")
    }
    let large = try SafetensorsFile(
      bytes: safetensors(
        #"{"x":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}"#,
        [0, 0, 0, 0, 0, 0, 0, 0x80]), label: "memory")
    let error = #expect(throws: InputError.self) { try large.integers("x") }
    #expect(error?.found == "9223372036854775808 as element 0")
    #expect(try large.doubles("x", .rounding) == [0x1p63])
  }

  @Test("errors name the file, the tensor, what was found and what was expected")
  func messages() throws {
    let path = try Truth.url("types.safetensors").path
    let file = try SafetensorsFile(path: path)
    let missing = #expect(throws: InputError.self) { try file.floats("f3") }
    let text = try #require(missing).description
    #expect(text.hasPrefix("\(path): 'f3': found no tensor of that name, expected one of"))
    #expect(text.contains("'f32'"))
    let overlap = safetensorsError(
      safetensors(
        #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#
          + #""b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, [1, 2, 3]))
    #expect(
      overlap?.description == "memory: 'b': found data from byte 1, an overlap, "
        + "expected data from byte 2, the end of the previous tensor")
  }

  @Test("what isn't a regular file is refused without waiting")
  func irregular() throws {
    let folder = try TemporaryFolder()
    for (path, found) in [
      (folder.path, "a folder"), ("/dev/zero", "a pipe or device"),
      (folder.path("none"), "cannot open: No such file or directory"),
    ] {
      let error = #expect(throws: InputError.self) { try SafetensorsFile(path: path) }
      #expect(error?.kind == .system && error?.found == found && error?.file == path)
    }
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
    #expect(throws: InputError.self) { try NpyFile(path: folder.path("pipe")) }
  }
}
