import Foundation
import OutcropCore
import OutcropFiles
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Hostile safetensors")
struct SafetensorsHostileTests {
  /// What the reference implementation accepts and this one refuses.
  static let stricter: Set = [
    "leading space",  // the format asks for '{' first
    "metadata null", "duplicate metadata key", "unknown key", "rank 65",
  ]

  @Test("a header is accepted where the reference implementation accepts it, and never else")
  func verdicts() throws {
    let verdicts = try Truth.decode("verdicts.json", as: Verdicts.self).safetensors
    #expect(verdicts.count > 200 && verdicts.contains { $0.accepted })
    for verdict in verdicts {
      let error = safetensorsError([UInt8](verdict.data))
      let expected = verdict.accepted && !Self.stricter.contains(verdict.name)
      #expect((error == nil) == expected, "\(verdict.name): \(String(describing: error))")
    }
  }

  @Test("each kind of flaw is told apart")
  func kinds() throws {
    let verdicts = try Truth.decode("verdicts.json", as: Verdicts.self).safetensors
    let kinds: [String: InputError.Kind] = [
      "unknown dtype": .unsupported, "negative extent": .malformed,
      "overflowing product": .shape, "overflowing bytes": .shape, "overflow times zero": .shape,
      "number above 64 bits": .malformed, "shape too small": .shape, "overlap": .layout,
      "gap": .layout, "leading gap": .layout, "trailing byte": .layout, "missing byte": .truncated,
      "offsets reversed": .layout, "length past end": .truncated, "length huge": .malformed,
      "length 100 MB": .malformed, "duplicate name": .name, "duplicate name escaped": .name,
      "duplicate dtype": .malformed, "invalid UTF-8": .malformed,
      "lone surrogate": .malformed, "metadata number": .malformed,
      "deep nesting": .malformed, "seven bytes": .truncated,
    ]
    for (name, kind) in kinds {
      let verdict = try #require(verdicts.first { $0.name == name })
      #expect(safetensorsError([UInt8](verdict.data))?.kind == kind, "\(name)")
    }
  }

  /// A small file with all that the grammar has.
  static let sample = safetensors(
    #"{"__metadata__":{"k\n":"\u00e9\ud83d\ude00"},"a":{"dtype":"F32","shape":[2,1],"#
      + #""data_offsets":[1,9]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}} "#,
    [1] + [Float(1), -2].withUnsafeBytes { Array($0) })

  @Test("cut off at any byte, or with a byte too many, a file is refused")
  func truncation() throws {
    let folder = try TemporaryFolder()
    #expect(safetensorsError(Self.sample) == nil)
    for count in 0..<Self.sample.count {
      #expect(safetensorsError(Array(Self.sample[..<count])) != nil, "\(count) bytes")
      let path = folder.path("\(count)")
      try Data(Self.sample[..<count]).write(to: URL(fileURLWithPath: path))
      #expect(throws: InputError.self) { try SafetensorsFile(path: path) }
    }
    #expect(safetensorsError(Self.sample + [0])?.kind == .layout)
  }

  @Test("mutated headers open soundly or fail with a typed error", arguments: 1...8)
  func mutations(seed: UInt64) throws {
    let tokens = [
      "\"", "{", "}", "[", "]", ",", ":", "\\", "\\u", "\\ud800", "0", "-", "1", "9", "e9", ".5",
      "99999999999999999999", "9223372036854775807", "18446744073709551615", "4294967296", "null",
      "\"a\"", "\"dtype\"", "\"shape\"", "\"F64\"", "\"U8\"", "[[[[", "{\"a\":", "\0", "é",
      "\"__metadata__\"", "[1,9]", "[0,1]",
    ]
    var generator = TestRandom(seed)
    let header = Array(Self.sample[8..<(Self.sample.count - 9)])
    let data = Array(Self.sample.suffix(9))
    var opened = 0
    for round in 0..<1000 {
      let bytes =
        round % 4 == 0
        ? mutated(Self.sample, tokens: tokens, using: &generator)
        : safetensors(mutated(header, tokens: tokens, using: &generator), data)
      guard safetensorsError(bytes) == nil else { continue }
      opened += 1
      // What opens must be consistent: the tensors tile the data and every one can be read.
      let file = try SafetensorsFile(bytes: bytes, label: "memory")
      var end = 0
      for name in file.names {
        let entry = try file.entry(name)
        #expect(entry.byteRange.lowerBound == end)
        end = entry.byteRange.upperBound
        let count = entry.shape.reduce(1, *)
        #expect(count * entry.elementType.byteCount == entry.byteRange.count)
        if entry.elementType != .bool {
          #expect(try file.doubles(name, .rounding).count == count)
        }
        #expect(try file.withUnsafeBytes(of: name) { $0.count } == entry.byteRange.count)
      }
      let length = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
      #expect(8 + Int(length) + end == bytes.count)
    }
    #expect(opened > 0 && opened < 500)
  }

  @Test("random bytes never open")
  func noise() {
    var generator = TestRandom(3)
    for _ in 0..<2000 {
      let count = Int.random(in: 0...64, using: &generator)
      var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      if count >= 8 {
        bytes.replaceSubrange(1..<8, with: repeatElement(0, count: 7))
        bytes[0] = UInt8.random(in: 0...64, using: &generator)
      }
      if count > 8 { bytes[8] = UInt8(ascii: "{") }
      if bytes.prefix(10) == [2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d] { continue }
      #expect(safetensorsError(bytes) != nil)
    }
  }

  @Test("nesting a million deep is refused without recursion")
  func depth() {
    for opening in ["[", "{\"a\":", "{\"a\":["] {
      let deep = String(repeating: opening, count: 1_000_000)
      for prefix in ["", "{\"a\":", "{\"__metadata__\":", "{\"a\":{\"shape\":"] {
        #expect(safetensorsError(safetensors(prefix + deep))?.kind == .malformed)
      }
    }
  }

  @Test("a message stays short and printable, whatever the name")
  func longNames() throws {
    let name = String(repeating: "\\u001b[31m", count: 100_000)
    let error = safetensorsError(
      safetensors(#"{"\#(name)":{"dtype":"Q8","shape":[1],"data_offsets":[0,1]}}"#, [0]))
    let text = try #require(error).description
    #expect(text.utf8.count < 1000)
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  @Test("a header that claims an enormous shape allocates nothing for it")
  func claims() {
    for shape in ["[1152921504606846975]", "[4611686018427387904,2]", "[0,9223372036854775807]"] {
      let error = safetensorsError(
        safetensors(
          #"{"a":{"dtype":"F64","shape":\#(shape),"data_offsets":[0,8]}}"#,
          .init(repeating: 0, count: 8)))
      #expect(error?.kind == .shape)
    }
    let dimensions = String(repeating: "1,", count: 1_000_000)
    let error = safetensorsError(
      safetensors(#"{"a":{"dtype":"U8","shape":[\#(dimensions)1],"data_offsets":[0,1]}}"#, [0]))
    #expect(error?.kind == .malformed)
  }
}
