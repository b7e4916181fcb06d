import Foundation
import OutcropCore
import OutcropTestSupport
import Testing

@Suite struct SystemFilesTests {
  @Test func filesAndPipesAreRead() throws {
    let folder = try TemporaryFolder()
    let bytes = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    try folder.write("a", bytes)
    #expect(try SystemFiles.read(folder.path("a")) == bytes)
    try folder.write("empty", Data())
    #expect(try SystemFiles.read(folder.path("empty")) == Data())
    #expect(try SystemFiles.readIfPresent(folder.path("b")) == nil)
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
    let pipe = folder.path("pipe")
    let writer = Thread {
      let end = FileHandle(forWritingAtPath: pipe)
      try? end?.write(contentsOf: bytes)
      try? end?.close()
    }
    writer.start()
    #expect(try SystemFiles.read(pipe) == bytes)
  }

  @Test func failuresSayTheReason() throws {
    let folder = try TemporaryFolder()
    func message(_ body: () throws -> Void) -> String? {
      (#expect(throws: InputError.self) { try body() })?.description
    }
    let missing = folder.path("missing")
    #expect(
      message { _ = try SystemFiles.read(missing) }
        == "\(missing): cannot open: No such file or directory")
    #expect(
      message { _ = try SystemFiles.read(folder.path) }
        == "\(folder.path): cannot read: Is a directory")
    try folder.write("file", Data())
    let below = folder.path("file/deep/er")
    #expect(
      message { try SystemFiles.createFolder(below) }?.hasSuffix(
        "cannot create the folder: Not a directory") == true)
    #expect(
      message { try SystemFiles.createFolder(folder.path("file")) }
        == "\(folder.path("file")): cannot create the folder: File exists")
    #expect(
      message { try SystemFiles.move(missing, to: folder.path("file")) }?.hasSuffix("File exists")
        == true)
  }

  @Test func foldersAreMadeWithThoseAbove() throws {
    let folder = try TemporaryFolder()
    for path in ["a/b/c", "a/b/c", "d/"] {
      try SystemFiles.createFolder(folder.path + "/" + path)
      #expect(try folder.contents.contains(String(path.prefix(1))))
    }
    #expect(FileManager.default.fileExists(atPath: folder.path("a/b/c")))
  }

  @Test func linesAreAppended() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("lines")
    func text() throws -> String { String(decoding: try SystemFiles.read(path), as: UTF8.self) }
    try SystemFiles.append(line: Data("one".utf8), to: path)
    try SystemFiles.append(line: Data("two".utf8), to: path)
    #expect(try text() == "one\ntwo\n")
    // A line without its end is completed, or removed.
    try folder.write("lines", Data("one\ncut".utf8))
    try SystemFiles.append(line: Data("two".utf8), to: path)
    #expect(try text() == "one\ncut\ntwo\n")
    let long = String(repeating: "x", count: 200_000)
    for start in ["", "one\n"] {
      try folder.write("lines", Data((start + long).utf8))
      try SystemFiles.append(line: Data("two".utf8), to: path, removingCutLine: true)
      #expect(try text() == start + "two\n")
    }
  }

  /// Writers that append at the same time lose nothing.
  @Test func linesOfManyWritersStayWhole() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("lines")
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          for line in 0..<20 {
            try? SystemFiles.append(line: Data("\(writer) \(line)".utf8), to: path)
          }
        }
      }
    }
    let lines = String(decoding: try SystemFiles.read(path), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 160 && Set(lines).count == 160)
  }
}
