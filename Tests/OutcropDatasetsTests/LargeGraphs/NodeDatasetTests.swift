import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct NodeDatasetTests {
  private func check(_ dataset: NodeDataset) {
    #expect(dataset.nodeCount == 5 && dataset.edgeCount == 6)
    #expect(dataset.graph.directedEdgeCount == 12)
    #expect(dataset.species == [1, 0, 1, 0, 0])
    #expect(dataset.speciesValues == [4932, 9606])
    #expect(dataset.targetCount == 2)
    #expect(dataset.train == [1, 3] && dataset.validation == [4] && dataset.test == [2, 0])
    #expect(!dataset.isSynthetic)
    #expect(
      (0..<5).map { dataset.graph.neighbors(of: $0) } == [
        [1, 4, 3], [0, 3, 2], [1, 4], [1, 0], [0, 2],
      ])
    #expect(
      (0..<5).map { dataset.graph.edges(at: $0) } == [
        [0, 3, 5], [0, 1, 2], [2, 4], [1, 5], [3, 4],
      ])
    #expect(dataset.graph.degree(of: 2) == 2)
    #expect(dataset.graph.scores(of: 0) == [0, 0.197, 0.001])
    #expect(dataset.graph.scores(of: 3) == [0.999, 0.03, 0.7])
    #expect(dataset.graph.scores(of: 5) == [0.4, 0.05, 0.006])
    let labels = dataset.labels(of: [4, 0, 2, 3])
    #expect(labels[0].isNaN && labels[5].isNaN)
    #expect(
      [labels[1], labels[2], labels[3], labels[4], labels[6], labels[7]] == [0, 0, 1, 0, 0, 1])
    #expect(dataset.label(of: 1, target: 0) == 1)
  }

  @Test(arguments: [false, true]) func readsTheLayout(compressed: Bool) throws {
    let fixture = try NodeFolderFixture(compressed: compressed)
    #expect(NodeDataset.isPresent(at: fixture.path))
    let first = try fixture.read()
    check(first)
    #expect(first.graph.hasScoresInThousandths)
    #expect(first.loading?.rebuildReason == "no cache yet")
    let second = try fixture.read()
    check(second)
    #expect(second.loading?.rebuildReason == nil)
    #expect(second.checksum == first.checksum)
    #expect(second.loading?.cacheFile == fixture.path + "/.outcrop-cache")
  }

  @Test func contentDecidesTheChecksum() throws {
    let plain = try NodeFolderFixture().read().checksum
    #expect(try NodeFolderFixture(compressed: true).read().checksum == plain)
    // The same in another writing: carriage returns, blanks, exponents, no break at the end.
    let spelled = try NodeFolderFixture([
      "raw/edge.csv": "0, 1\r\n3,+1\r\n1,2\r\n4,0\r\n2,4\r\n0,3",
      "raw/edge-feat.csv":
        "0,0.1970,1e-3\n.5,2.5e-1,1\n0,0,0\n0.999,0.03,0.7\n0.1,0.2,0.3\n0.4,0.05,0.006\n\n",
    ]).read()
    check(spelled)
    #expect(spelled.checksum == plain)
    let changes: [[String: String]] = [
      ["raw/edge.csv": "0,1\n3,1\n1,2\n4,0\n2,4\n0,2\n"],
      ["raw/node-label.csv": "0,1\n1,1\n0,1\n0,1\n,0\n"],
      ["raw/node_species.csv": "9606\n4932\n9606\n9606\n4932\n"],
      ["raw/node_species.csv": "9606\n4933\n9606\n4933\n4933\n"],
      ["split/species/train.csv": "3\n1\n"],
    ]
    for change in changes {
      #expect(try NodeFolderFixture(change).read().checksum != plain)
    }
  }

  @Test func scoresThatAreNoThousandthsStayExact() throws {
    let fixture = try NodeFolderFixture([
      "raw/edge-feat.csv": "0.0,0.1\n0.25,3\n0.0005,70\n-1.5,1e-20\n0.3,0.12345678\n1,2\n"
    ])
    for _ in 0..<2 {
      let graph = try fixture.read().graph
      #expect(!graph.hasScoresInThousandths)
      #expect(
        (0..<6).flatMap { graph.scores(of: $0) }
          == [0, 0.1, 0.25, 3, 0.0005, 70, -1.5, 1e-20, 0.3, 0.12345678, 1, 2])
    }
  }

  @Test func everyThousandthIsExact() throws {
    let values = (0...1000).map { thousandth in "\(Double(thousandth) / 1000)\n" }
    let fixture = try NodeFolderFixture([
      "raw/num-edge-list.csv": "1001\n", "raw/edge-feat.csv": values.joined(),
      "raw/edge.csv": (0...1000).map { "\($0 % 5),\($0 % 3)\n" }.joined(),
    ])
    let graph = try fixture.read().graph
    #expect(graph.hasScoresInThousandths)
    for thousandth in 0...1000 {
      #expect(graph.scores(of: thousandth) == [Float(String(Double(thousandth) / 1000))!])
    }
  }

  @Test func optionalFilesMayBeMissing() throws {
    let fixture = try NodeFolderFixture([
      "raw/edge-feat.csv": nil, "raw/node_species.csv": nil,
    ])
    let dataset = try fixture.read()
    #expect(dataset.graph.scoreCount == 0 && dataset.graph.scores(of: 2) == [])
    #expect(dataset.speciesCount == 0 && dataset.species == [])
    let batch = SampledNodes(dataset, .train, fanOuts: [2]).batch([0, 1], seed: 1)
    #expect(batch.nodeTypes == nil && batch.blocks[0].edgeAttributes == nil)
    // When they appear, they are read.
    try fixture.write("raw/edge-feat.csv", NodeFolderFixture.files["raw/edge-feat.csv"]!)
    try fixture.write("raw/node_species.csv", NodeFolderFixture.files["raw/node_species.csv"]!)
    check(try fixture.read())
  }

  @Test func graphsWithoutEdges() throws {
    for empty in ["", "\n"] {
      let dataset = try NodeFolderFixture(
        [
          "raw/num-edge-list.csv": "0\n", "raw/edge.csv": empty, "raw/edge-feat.csv": empty,
          "split/species/test.csv": empty,
        ], compressed: empty != ""
      ).read()
      #expect(dataset.edgeCount == 0 && dataset.test == [])
      let batch = SampledNodes(dataset, .train, fanOuts: [3, 3]).batch([1, 0], seed: 4)
      #expect(batch.edgeCount == 0 && batch.nodeCount == 2 && batch.labeledCount == 2)
      #expect(NodeDatasetDescription(dataset).degrees.maximum == 0)
    }
  }

  // MARK: the cache

  @Test func theCacheFollowsItsSources() throws {
    let fixture = try NodeFolderFixture()
    let before = try fixture.read()
    // A new time alone changes nothing.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -1000)],
      ofItemAtPath: fixture.path + "/raw/edge.csv")
    #expect(try fixture.read().loading?.rebuildReason == nil)
    // New content of the same size does.
    try fixture.write("raw/edge.csv", "0,1\n3,1\n1,2\n4,0\n2,4\n1,3\n")
    let after = try fixture.read()
    #expect(after.loading?.rebuildReason?.contains("raw/edge.csv has changed") == true)
    #expect(after.graph.neighbors(of: 3) == [1, 1])
    #expect(after.checksum != before.checksum)
    #expect(before.graph.neighbors(of: 3) == [1, 0])
  }

  @Test func aDamagedCacheIsMadeAnew() throws {
    let fixture = try NodeFolderFixture()
    _ = try fixture.read()
    let cache = fixture.path + "/.outcrop-cache"
    let sound = [UInt8](try Data(contentsOf: URL(fileURLWithPath: cache)))
    var random = TestRandom(7)
    var damaged = 0
    func damage(_ bytes: [UInt8]) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: cache))
      let dataset = try fixture.read()
      check(dataset)
      if dataset.loading?.rebuildReason != nil { damaged += 1 }
      #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: cache))) == sound)
    }
    for position in Array(0..<32) + [40, 200, 1 << 16] {
      var bytes = sound
      bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try damage(bytes)
    }
    for count in [0, 10, 40000, 1 << 16, sound.count - 1] { try damage(Array(sound.prefix(count))) }
    try damage(Array(repeating: 0x55, count: 100_000))
    #expect(damaged == 32 + 3 + 5 + 1)
    // No temporary files stay behind.
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture.path)
    #expect(Set(names) == ["raw", "split", ".outcrop-cache"])
  }

  /// What a killed process left behind goes; what another is writing, or has another name, stays.
  @Test(arguments: [false, true]) func remainsAreRemoved(isElsewhere: Bool) throws {
    let (fixture, elsewhere) = (try NodeFolderFixture(), try TemporaryFolder())
    let options = NodeDataset.Options(cacheFolder: isElsewhere ? elsewhere.path : nil)
    let cache = try #require(try fixture.read(options).loading?.cacheFile)
    try FileManager.default.removeItem(atPath: cache)
    let start = URL(fileURLWithPath: cache).deletingLastPathComponent().path + "/.outcrop-"
    let (stale, live) = (start + "3w5e11264sgsf.tmp", start + "1.tmp")
    let staleFolder = start + "2.tmp"
    let others = [start + ".tmp", start + "not random.tmp", start + "1", cache + ".1.tmp"]
    for file in [stale, live] + others {
      try Data([1, 2]).write(to: .init(filePath: file))
    }
    try FileManager.default.createDirectory(
      atPath: staleFolder, withIntermediateDirectories: false)
    let descriptor = open(live, O_RDWR)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    check(try fixture.read(options))
    #expect(!FileManager.default.fileExists(atPath: stale))
    #expect(!FileManager.default.fileExists(atPath: staleFolder))
    for file in [live] + others { #expect(FileManager.default.fileExists(atPath: file), "\(file)") }
    // Nobody writes a cache that is there already, so nothing is removed then.
    close(descriptor)
    check(try fixture.read(options))
    #expect(FileManager.default.fileExists(atPath: live))
    try FileManager.default.removeItem(atPath: cache)
    check(try fixture.read(options))
    #expect(!FileManager.default.fileExists(atPath: live))
  }

  /// Many readers of a folder without a cache, each of which makes it: none takes another's file.
  @Test func cachesAreMadeAtTheSameTime() async throws {
    let fixture = try NodeFolderFixture()
    let path = fixture.path
    for _ in 0..<10 {
      try? FileManager.default.removeItem(atPath: path + "/.outcrop-cache")
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 { group.addTask { try NodeDataset.read(path).edgeCount } }
        for try await count in group { #expect(count == 6) }
      }
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(Set(names) == ["raw", "split", ".outcrop-cache"])
  }

  @Test func theCacheMayLieElsewhere() throws {
    let (fixture, elsewhere) = (try NodeFolderFixture(), try TemporaryFolder())
    let options = NodeDataset.Options(cacheFolder: elsewhere.path + "/deep/inside")
    check(try fixture.read(options))
    check(try fixture.read(options))
    #expect(try fixture.read(options).loading?.rebuildReason == nil)
    #expect(!FileManager.default.fileExists(atPath: fixture.path + "/.outcrop-cache"))
    // Two data sets don't share a cache.
    let other = try NodeFolderFixture(["split/species/valid.csv": ""])
    #expect(try other.read(options).validation == [])
    #expect(try fixture.read(options).validation == [4])
  }

  @Test func aPlaceThatCanNotBeWrittenTo() throws {
    let fixture = try NodeFolderFixture()
    try fixture.folder.write("blocker", "a file")
    let error = #expect(throws: InputError.self) {
      try fixture.read(.init(cacheFolder: fixture.path + "/blocker"))
    }
    #expect(error?.file == fixture.path + "/blocker")
    try FileManager.default.createDirectory(
      atPath: fixture.path + "/.outcrop-cache", withIntermediateDirectories: false)
    let second = #expect(throws: InputError.self) { try fixture.read() }
    #expect(second?.file == fixture.path + "/.outcrop-cache")
  }

  @Test func textsLargerThanAPiece() throws {
    // Several pieces of 1 MiB, so that lines lie across their borders.
    let count = 300_000
    var random = TestRandom(3)
    let ends = (0..<count).map { _ in
      (Int32.random(in: 0..<5, using: &random), Int32.random(in: 0..<5, using: &random))
    }
    let scores = (0..<count * 3).map { _ in Int.random(in: 0...1000, using: &random) }
    var texts = ["", ""]
    for (index, end) in ends.enumerated() {
      texts[0] += "\(end.0),\(end.1)\n"
      texts[1] +=
        (0..<3).map { "\(Double(scores[index * 3 + $0]) / 1000)" }.joined(separator: ",") + "\n"
    }
    let files = [
      "raw/num-edge-list.csv": "\(count)\n", "raw/edge.csv": texts[0],
      "raw/edge-feat.csv": texts[1],
    ]
    let read = try NodeFolderFixture(files, compressed: true).read()
    let memory = LargeGraph(
      nodeCount: 5, firstEnds: ends.map(\.0), secondEnds: ends.map(\.1),
      scores: RealFeatures(values: scores.map { Float($0) / 1000 }, columns: 3))
    for node in 0..<5 {
      #expect(read.graph.neighbors(of: node) == memory.neighbors(of: node))
      #expect(read.graph.edges(at: node) == memory.edges(at: node))
    }
    for edge in stride(from: 0, to: count, by: 7) {
      #expect(read.graph.scores(of: edge) == memory.scores(of: edge))
    }
    // The line of an error is right after many pieces too.
    var lines = texts[1].split(separator: "\n")
    lines[250_000] = "0.1,x,0.2"
    let error = #expect(throws: InputError.self) {
      try NodeFolderFixture(
        files.merging(
          ["raw/edge-feat.csv": lines.joined(separator: "\n")], uniquingKeysWith: { $1 })
      ).read()
    }
    #expect(error?.line == 250_001)
  }
}
