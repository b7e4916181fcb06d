import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import Testing

@Suite("Writing safetensors")
struct SafetensorsWriterTests {
  private struct ProviderFailure: Error {}

  @Test("the bytes are the reference writer's, whatever the order of adding")
  func reference() throws {
    let folder = try TemporaryFolder()
    let truth = try Truth.url("types.safetensors").path
    let source = try SafetensorsFile(path: truth)
    var generator = TestRandom(1)
    for round in 0..<5 {
      var writer = SafetensorsWriter(metadata: source.metadata)
      for name in source.names.shuffled(using: &generator) {
        let entry = try source.entry(name)
        writer.add(name, entry.elementType, shape: entry.shape) { sink in
          // In pieces of three bytes.
          try source.withUnsafeBytes(of: name) { bytes in
            for start in stride(from: 0, to: bytes.count, by: 3) {
              try sink(.init(rebasing: bytes[start..<min(start + 3, bytes.count)]))
            }
          }
        }
      }
      try writer.write(to: folder.path("copy\(round)"))
      #expect(try bytes(ofFile: folder.path("copy\(round)")) == bytes(ofFile: truth))
    }
    #expect(try folder.contents == (0..<5).map { "copy\($0)" })
  }

  @Test("values of every Swift type come back")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.safetensors")
    var writer = SafetensorsWriter(metadata: ["b": "2", "a": "1\u{0}\"\\", "": "é"])
    writer.add("f", shape: [2, 2], [1.5, -0.0, Float.infinity, .leastNonzeroMagnitude] as [Float])
    writer.add("d", shape: [1], [0.1] as [Double])
    writer.add("i", shape: [3], [.min, 0, .max] as [Int64])
    writer.add("j", shape: [2], [-5, 5] as [Int32])
    writer.add("u", shape: [1, 1], [200] as [UInt8])
    writer.add("b", shape: [2], [true, false])
    writer.add("n", shape: [2], [3, -4] as [Int])
    writer.add("none", shape: [0, 7], [] as [Float])
    try writer.write(to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.names == ["i", "n", "d", "f", "none", "j", "u", "b"])
    #expect(file.metadata == writer.metadata)
    #expect(
      try file.floats("f").map(\.bitPattern)
        == [1.5, -0.0, Float.infinity, .leastNonzeroMagnitude].map(\.bitPattern))
    #expect(try file.doubles("d") == [0.1])
    #expect(try file.integers("i") == [.min, 0, .max])
    #expect(try file.integers("n") == [3, -4])
    #expect(try file.integers("j") == [-5, 5])
    #expect(try file.integers("u") == [200])
    #expect(try file.integers("b") == [1, 0])
    #expect(try file.entry("none").shape == [0, 7])
    let header = try bytes(ofFile: path).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    #expect(header % 8 == 0)
  }

  @Test("a failure leaves the file that was there, and no temporary one")
  func atomicity() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    var good = SafetensorsWriter()
    good.add("x", shape: [2], [1, 2] as [Float])
    try good.write(to: path)
    let before = try bytes(ofFile: path)

    var broken = good
    broken.add("a", .float32, shape: [4]) { sink in
      try [Float(1)].withUnsafeBytes { try sink($0) }
      throw ProviderFailure()
    }
    #expect(throws: ProviderFailure.self) { try broken.write(to: path) }

    let flawed: [(InputError.Kind, (inout SafetensorsWriter) -> Void)] = [
      (.incomplete, { $0.add("y", shape: [3], [1, 2] as [Float]) }),
      (.incomplete, { $0.add("y", shape: [1], [1, 2] as [Float]) }),
      (.incomplete, { $0.add("y", .int8, shape: [1]) { _ in } }),
      (.name, { $0.add("x", shape: [1], [1] as [Float]) }),
      (.name, { $0.add("__metadata__", shape: [1], [1] as [Float]) }),
      (.shape, { $0.add("y", shape: [-1], [1] as [Float]) }),
      (.shape, { $0.add("y", shape: [1 << 32, 1 << 32], [1] as [Float]) }),
      (.shape, { $0.add("y", shape: .init(repeating: 1, count: 65), [1] as [Float]) }),
    ]
    for (kind, flaw) in flawed {
      var writer = good
      flaw(&writer)
      let error = #expect(throws: InputError.self) { try writer.write(to: path) }
      #expect(error?.kind == kind)
    }
    #expect(try bytes(ofFile: path) == before)
    #expect(try folder.contents == ["model.safetensors"])
  }

  @Test("a destination that cannot be a file is refused")
  func destinations() throws {
    let folder = try TemporaryFolder()
    let writer = SafetensorsWriter()
    for path in [folder.path, folder.path("none/x"), folder.path + "/", "/dev/null", ""] {
      let error = #expect(throws: InputError.self) { try writer.write(to: path) }
      #expect(error?.kind == .system, "\(path)")
    }
    #expect(try folder.contents == [])
  }

  @Test("replacing keeps permissions and follows a symbolic link")
  func replacing() throws {
    let folder = try TemporaryFolder()
    let (real, link) = (folder.path("real"), folder.path("link"))
    let writer = SafetensorsWriter(metadata: ["a": "b"])
    try Data().write(to: URL(fileURLWithPath: real))
    #expect(chmod(real, 0o640) == 0)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: real)
    try writer.write(to: link)
    #expect(try SafetensorsFile(path: real).metadata == ["a": "b"])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == real)
    let attributes = try FileManager.default.attributesOfItem(atPath: real)
    #expect(attributes[.posixPermissions] as? Int == 0o640)
    #expect(try folder.contents == ["link", "real"])
  }

  @Test("a file open while it is replaced keeps its content")
  func openWhileReplaced() throws {
    let folder = try TemporaryFolder()
    var first = SafetensorsWriter()
    first.add("x", shape: [1000], [Float](repeating: 1, count: 1000))
    try first.write(to: folder.path("x"))
    let file = try SafetensorsFile(path: folder.path("x"))
    try SafetensorsWriter().write(to: folder.path("x"))
    #expect(try file.floats("x") == [Float](repeating: 1, count: 1000))
    #expect(try SafetensorsFile(path: folder.path("x")).names == [])
  }
}

@Suite("Streaming safetensors")
struct SafetensorsStreamWriterTests {
  @Test("interleaved appends give the bytes of writing at once")
  func interleaved() throws {
    let folder = try TemporaryFolder()
    let e = (0..<300).map { Float($0) * 0.5 }
    let h = (0..<70).map { Double($0) - 3 }
    var writer = SafetensorsWriter(metadata: ["run": "1"])
    writer.add("e", shape: [100, 3], e)
    writer.add("h", shape: [70], h)
    try writer.write(to: folder.path("whole"))

    let stream = try SafetensorsStreamWriter(
      path: folder.path("stream"),
      [.init("e", .float32, shape: [100, 3]), .init("h", .float64, shape: [70])],
      metadata: ["run": "1"])
    var generator = TestRandom(5)
    var (i, j) = (0, 0)
    while i < e.count || j < h.count {
      let (a, b) = (
        Int.random(in: 0...9, using: &generator), Int.random(in: 0...3, using: &generator)
      )
      try stream.append(Array(e[i..<min(i + a, e.count)]), to: "e")
      try stream.append(Array(h[j..<min(j + b, h.count)]), to: "h")
      (i, j) = (min(i + a, e.count), min(j + b, h.count))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("stream")))
    try stream.finish()
    #expect(try bytes(ofFile: folder.path("stream")) == bytes(ofFile: folder.path("whole")))
    #expect(try folder.contents == ["stream", "whole"])
  }

  @Test("misuse is a typed error and leaves nothing behind")
  func misuse() throws {
    let folder = try TemporaryFolder()
    func stream() throws -> SafetensorsStreamWriter {
      try SafetensorsStreamWriter(path: folder.path("s"), [.init("x", .float32, shape: [2])])
    }
    func kind(_ body: () throws -> Void) -> InputError.Kind? {
      do { try body() } catch { return (error as? InputError)?.kind }
      return nil
    }
    let first = try stream()
    #expect(kind { try first.append([1] as [Float], to: "y") } == .missing)
    #expect(kind { try first.append([1] as [Double], to: "x") } == .conversion)
    #expect(kind { try first.append([1, 2, 3] as [Float], to: "x") } == .incomplete)
    #expect(kind { try first.append([1] as [Float], to: "x") } == nil)
    #expect(kind { try first.finish() } == .incomplete)
    #expect(kind { try first.append([1] as [Float], to: "x") } == .incomplete)
    #expect(try folder.contents == [])

    let second = try stream()
    #expect(try folder.contents.count == 1)
    second.cancel()
    #expect(try folder.contents == [])
    #expect(kind { try second.finish() } == .incomplete)

    do { _ = try stream() }
    #expect(try folder.contents == [])

    let third = try stream()
    try third.append([1, 2] as [Float], to: "x")
    try third.finish()
    #expect(kind { try third.finish() } == .incomplete)
    #expect(try SafetensorsFile(path: folder.path("s")).floats("x") == [1, 2])
  }

  @Test("appends from many threads fill their tensors")
  func threads() async throws {
    let folder = try TemporaryFolder()
    let stream = try SafetensorsStreamWriter(
      path: folder.path("s"), (0..<8).map { .init("t\($0)", .int64, shape: [50]) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      for tensor in 0..<8 {
        group.addTask {
          for value in 0..<50 { try stream.append([Int64(tensor * 50 + value)], to: "t\(tensor)") }
        }
      }
      try await group.waitForAll()
    }
    try stream.finish()
    let file = try SafetensorsFile(path: folder.path("s"))
    for tensor in 0..<8 {
      #expect(try file.integers("t\(tensor)") == (0..<50).map { Int64(tensor * 50 + $0) })
    }
  }
}
