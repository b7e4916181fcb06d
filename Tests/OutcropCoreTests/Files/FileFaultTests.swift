import Foundation
import OutcropCore
import OutcropTestSupport
import Testing

@Suite struct FileFaultTests {
  @Test(arguments: [ENOSPC, EIO, EACCES]) func filesAreReplacedAsAWholeOrNot(code: Int32) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a")
    let new = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
    let count = try checkFileFaults(in: folder, code: code) {
      try folder.write("a", "old")
    } check: { succeeded in
      let found = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(found == new || (!succeeded && found == Data("old".utf8)))
    } work: {
      try AtomicFile.write(new, to: path)
    }
    // Open, write, sync, rename, and the folder's open and sync.
    #expect(count >= 6)
  }

  @Test func readingFailsWithTheReason() throws {
    let folder = try TemporaryFolder()
    try folder.write("a", "some text\n")
    for work in [
      { _ = try SystemFiles.read(folder.path("a")) },
      { _ = try MappedFile(path: folder.path("a"), mapping: false) },
      {
        let stream = try ByteStream(path: folder.path("a"))
        _ = try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) {
          try stream.read(into: $0, line: 1)
        }
      },
      { _ = try SystemFiles.names(in: folder.path("")) },
      { try SystemFiles.append(line: Data("more".utf8), to: folder.path("b")) },
    ] as [() throws -> Void] {
      let count = try checkFileFaults(
        in: folder, code: EIO, prepare: {}, check: { _ in }, work: work)
      #expect(count >= 1)
    }
    // Where a file cannot be mapped it is read.
    let wasReached = FileFaults.inject(at: 2, below: folder.path, code: ENOMEM) {
      let file = try MappedFile(path: folder.path("a"))
      let start = file.withBytes(0..<4) { Array($0) }
      #expect(start == Array("some".utf8))
    } failure: {
      Issue.record("\($0)")
    }
    #expect(wasReached)
  }

  @Test func foldersAreReplacedInOneStep() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("data")
    for replaces in [false, true] {
      let count = try checkFileFaults(in: folder) {
        try? FileManager.default.removeItem(atPath: path)
        if replaces { try folder.write("data/old", "1") }
      } check: { succeeded in
        let names = (try? SystemFiles.names(in: path)) ?? []
        #expect(names == ["new"] || (!succeeded && names == (replaces ? ["old"] : [])))
      } work: {
        let made = try AtomicFolder(path: path)
        try AtomicFile.write(Data("2".utf8), to: "\(made.content)/new")
        try made.commit(replaces: replaces)
      }
      #expect(count >= 10)
    }
    let refused = #expect(throws: InputError.self) {
      try AtomicFolder(path: path).commit(replaces: false)
    }
    #expect(refused?.description == "\(path): cannot rename to: File exists")
  }

  /// Where a file system cannot exchange names, and where a process is killed while it cannot.
  @Test func foldersAreReplacedInTwoSteps() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("data")
    let count = try checkFileFaults(in: folder) {
      try? FileManager.default.removeItem(atPath: path)
      try folder.write("data/old", "1")
    } check: { succeeded in
      let names = try SystemFiles.names(in: path)
      #expect(names == ["new"] || (!succeeded && names == ["old"]))
    } work: {
      let made = try AtomicFolder(path: path)
      try AtomicFile.write(Data("2".utf8), to: "\(made.content)/new")
      try made.replaceInTwoSteps()
    }
    #expect(count >= 11)
    // Killed between the two.
    try FileManager.default.removeItem(atPath: path)
    try folder.write(".outcrop-1.tmp/old/data/old", "1")
    try folder.write(".outcrop-1.tmp/new/new", "2")
    FileRemains.remove(in: folder.path)
    #expect(try folder.contents == ["data"] && SystemFiles.names(in: path) == ["old"])
    // Killed behind both.
    try folder.write(".outcrop-2.tmp/old/data/older", "1")
    FileRemains.remove(in: folder.path)
    #expect(try folder.contents == ["data"] && SystemFiles.names(in: path) == ["old"])
  }

  /// The folder of a writer that lives stays.
  @Test func foldersInUseStay() throws {
    let folder = try TemporaryFolder()
    let made = try AtomicFolder(path: folder.path("data"))
    FileRemains.remove(in: folder.path)
    try AtomicFile.write(Data("2".utf8), to: "\(made.content)/new")
    try made.commit(replaces: false)
    #expect(try SystemFiles.names(in: folder.path("data")) == ["new"])
  }

  @Test func aNameThatIsNotUTF8() {
    let error = #expect(throws: InputError.self) { try SystemFiles.read("/tmp/a\u{FFFD}b") }
    #expect(error?.description.contains("not UTF-8") == true)
  }

  #if os(Linux)
    /// A file that is cut short while it is mapped ends the process with a sentence, not a signal.
    @Test func aMappedFileThatIsCut() async {
      let result = await #expect(
        processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
      ) {
        let path = NSTemporaryDirectory() + "/outcrop-cut-\(getpid())"
        try Data(count: 100_000).write(to: URL(fileURLWithPath: path))
        let file = try MappedFile(path: path)
        truncate(path, 10)
        unlink(path)
        print(file.withBytes(0..<100_000) { $0.reduce(0) { $0 + Int($1) } })
      }
      let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(text.contains("outcrop-cut-") && text.contains("truncated while it was in use"))
    }

    /// A bus error elsewhere ends the process as always.
    @Test func anotherBusError() async {
      await #expect(processExitsWith: .signal(SIGBUS)) {
        let path = NSTemporaryDirectory() + "/outcrop-bus-\(getpid())"
        try Data(count: 10).write(to: URL(fileURLWithPath: path))
        let file = try MappedFile(path: path)
        unlink(path)
        withExtendedLifetime(file) { _ = raise(SIGBUS) }
      }
    }
  #endif
}
