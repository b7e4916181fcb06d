import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import Testing

/// Array files are written completely or not at all, whatever fails.
@Suite struct ArrayFileFaultTests {
  private func check(_ name: String, _ write: (String, Float) throws -> Void) throws {
    let folder = try TemporaryFolder()
    let path = folder.path(name)
    func contents(_ value: Float) throws -> Data {
      try write(path, value)
      return try Data(contentsOf: URL(fileURLWithPath: path))
    }
    let (old, new) = (try contents(1), try contents(2))
    #expect(old != new)
    let count = try checkFileFaults(in: folder) {
      try folder.write(name, old)
    } check: { succeeded in
      let found = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(found == new || (!succeeded && found == old))
      #expect(try folder.contents == [name])
    } work: {
      try write(path, 2)
    }
    #expect(count >= 6)
  }

  @Test func safetensors() throws {
    try check("a.safetensors") { path, value in
      var writer = SafetensorsWriter(metadata: ["k": "v"])
      writer.add("a", shape: [2], [value, value])
      writer.add("b", shape: [1], [3] as [Int64])
      try writer.write(to: path)
    }
  }

  @Test func npy() throws {
    try check("a.npy") { try NpyFile.write([$1, 5], shape: [2], to: $0) }
    try check("a.npy") { path, value in
      let writer = try NpyStreamWriter(path: path, .float32, rowShape: [2])
      try writer.append([value, 1])
      try writer.append([2, 3] as [Float])
      try writer.finish()
    }
  }

  @Test func readingEnds() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.npy")
    try NpyFile.write([1, 2, 3] as [Float], shape: [3], to: path)
    var values = [Float](repeating: 0, count: 3)
    let count = try checkFileFaults(in: folder, code: EIO, prepare: {}) { succeeded in
      if succeeded { #expect(values == [1, 2, 3]) }
    } work: {
      let reader = try RowReader(ArrayFile(path: path), "a")
      _ = try values.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
    }
    #expect(count >= 3)
  }
}
