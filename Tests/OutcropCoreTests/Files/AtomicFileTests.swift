import Foundation
import OutcropCore
import OutcropTestSupport
import Testing

@Suite struct AtomicFileTests {
  @Test func aFileAppearsAtItsCommit() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a")
    try AtomicFile.write(Data("old".utf8), to: path)
    let file = try AtomicFile(path: path)
    try Array("new bytes".utf8).withUnsafeBytes { try file.write($0, at: 2) }
    #expect(try SystemFiles.read(path) == Data("old".utf8))
    let mapped = try file.mapped()
    #expect(mapped.withBytes(0..<mapped.count) { Array($0) } == [0, 0] + Array("new bytes".utf8))
    try file.setSize(5)
    try file.commit()
    #expect(try SystemFiles.read(path) == Data([0, 0] + Array("new".utf8)))
    #expect(try folder.contents == ["a"])
  }

  @Test func anAbandonedFileLeavesNothing() throws {
    let folder = try TemporaryFolder()
    do {
      let file = try AtomicFile(path: folder.path("a"))
      try [UInt8](repeating: 1, count: 10).withUnsafeBytes { try file.write($0, at: 0) }
      #expect(try folder.contents.count == 1)
      _ = consume file
    }
    #expect(try folder.contents == [])
  }

  @Test func permissionsAndLinksAreKept() throws {
    let folder = try TemporaryFolder()
    try folder.write("real", Data("old".utf8))
    chmod(folder.path("real"), 0o640)
    symlink("real", folder.path("link"))
    try AtomicFile.write(Data("new".utf8), to: folder.path("link"))
    #expect(try SystemFiles.read(folder.path("real")) == Data("new".utf8))
    var status = stat()
    #expect(lstat(folder.path("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(stat(folder.path("real"), &status) == 0 && status.st_mode & 0o777 == 0o640)
  }

  /// What a killed process left is removed; what another process is writing, or has another name, stays.
  @Test func remainsAreRemoved() throws {
    let folder = try TemporaryFolder()
    let others = ["outcrop-1.tmp", ".outcrop-.tmp", ".outcrop-not random.tmp", ".outcrop-1"]
    for name in [".outcrop-3w5e11264sgsf.tmp"] + others {
      try folder.write(name, Data([1]))
    }
    try FileManager.default.createDirectory(
      atPath: folder.path(".outcrop-2.tmp"), withIntermediateDirectories: false)
    let writing = try AtomicFile(path: folder.path("a"))
    FileRemains.remove(in: folder.path)
    var names = try Set(folder.contents)
    #expect(names.count == 5 && names.isSuperset(of: others) && !names.contains(".outcrop-2.tmp"))
    try writing.commit()
    names = try Set(folder.contents)
    #expect(names == Set(others + ["a"]))
    FileRemains.remove(in: folder.path("nowhere"))
  }

  @Test func refusalsNameTheFileAndTheReason() throws {
    let folder = try TemporaryFolder()
    let nowhere = folder.path("no/such/a")
    let missing = #expect(throws: InputError.self) { try AtomicFile.write(Data(), to: nowhere) }
    #expect(
      missing?.description
        == "\(nowhere): cannot create a temporary file beside it: No such file or directory")
    let place = #expect(throws: InputError.self) { try AtomicFile.write(Data(), to: folder.path) }
    #expect(place?.found == "a folder")
  }
}
