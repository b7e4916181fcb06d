import Foundation
import OutcropCore
import OutcropGraph

/// The cache file of a `NodeDataset`.
enum NodeCache {
  /// The contents of a cache.
  struct Parts {
    let graph: LargeGraph
    let species: [Int32]
    let labels: [UInt8]
    let train: [Int32]
    let validation: [Int32]
    let test: [Int32]
    let byteCount: Int
  }

  /// Maps the cache. Throws `CacheProblem` if it is missing, of another version, made from other
  /// sources, or damaged.
  static func open<Result>(
    _ path: String, _ files: NodeFolder, _ sources: [CacheHeader.Source],
    _ make: (CacheHeader, Parts) throws -> Result
  ) throws -> Result {
    guard FileManager.default.fileExists(atPath: path) else { throw CacheProblem("no cache yet") }
    let file: MappedFile
    do {
      file = try MappedFile(path: path)
    } catch {
      throw CacheProblem(
        "the cache cannot be read (\((error as? InputError)?.found ?? "\(error)"))")
    }
    let header = try CacheHeader.decode(file)
    try checkSources(header.sources, sources, files)
    for section in header.sections {
      guard section.offset >= 0, section.offset % 8 == 0, section.byteCount >= 0,
        section.offset <= file.count, section.byteCount <= file.count - section.offset
      else { throw CacheProblem("the cache is truncated") }
      let bytes = UnsafeRawBufferPointer(
        rebasing: file.unsafeBytes[section.offset..<section.offset + section.byteCount])
      guard CacheHeader.checksum(bytes) == section.checksum else {
        throw CacheProblem("the cache is damaged (\(section.name))")
      }
    }
    return try make(header, parts(file, header))
  }

  private static func parts(_ file: MappedFile, _ header: CacheHeader) throws -> Parts {
    let damage = CacheProblem("the cache is damaged (its counts)")
    func product(_ first: Int, _ second: Int) throws -> Int {
      let (result, overflow) = first.multipliedReportingOverflow(by: second)
      if overflow || first < 0 || second < 0 { throw damage }
      return result
    }
    let (neighborCount, scoreValues) = (
      try product(header.edgeCount, 2), try product(header.edgeCount, header.scoreCount)
    )
    guard header.nodeCount >= 0, header.nodeCount < Int(Int32.max), neighborCount < 1 << 33,
      scoreValues < 1 << 48, header.targetCount >= 0
    else { throw damage }
    func section<Element: BitwiseCopyable>(
      _ name: String, _ count: Int
    ) throws -> UnsafePointer<Element> {
      guard let section = header.sections.first(where: { $0.name == name }),
        section.byteCount == count * MemoryLayout<Element>.stride
      else { throw CacheProblem("the cache is damaged (\(name))") }
      return (file.unsafeBytes.baseAddress! + section.offset).assumingMemoryBound(
        to: Element.self)
    }
    func array<Element: BitwiseCopyable>(_ name: String) throws -> [Element] {
      let bytes = header.sections.first { $0.name == name }?.byteCount ?? 0
      let count = bytes / MemoryLayout<Element>.stride
      return Array(UnsafeBufferPointer<Element>(start: try section(name, count), count: count))
    }
    let scores: LargeGraph.Scores =
      switch (header.scoreCount, header.hasScoresInThousandths) {
      case (0, _): .none
      case (_, true): .thousandths(try section("scores", scoreValues))
      case (_, false): .exact(try section("scores", scoreValues))
      }
    let graph = LargeGraph(
      nodeCount: header.nodeCount, edgeCount: header.edgeCount, scoreCount: header.scoreCount,
      offsets: try section("offsets", header.nodeCount + 1),
      neighbors: try section("neighbors", neighborCount), scores: scores, owner: file)
    let parts = Parts(
      graph: graph, species: try array("species"), labels: try array("labels"),
      train: try array("train"), validation: try array("validation"), test: try array("test"),
      byteCount: file.count)
    try check(parts, header)
    return parts
  }

  /// Throws unless all numbers of nodes and edges are in range.
  private static func check(_ parts: Parts, _ header: CacheHeader) throws {
    let damage = CacheProblem("the cache is damaged (its content)")
    let (nodes, edges) = (header.nodeCount, header.edgeCount)
    let labels = nodes.multipliedReportingOverflow(by: header.targetCount)
    guard parts.species.isEmpty || parts.species.count == nodes, !labels.overflow,
      parts.labels.count == labels.partialValue,
      parts.species.allSatisfy({ header.speciesValues.indices.contains(Int($0)) }),
      parts.labels.allSatisfy({ $0 <= 1 || $0 == NodeDataset.missingLabel }),
      [parts.train, parts.validation, parts.test].joined().allSatisfy({
        (0..<nodes).contains(Int($0))
      }),
      parts.graph.offsets[0] == 0, parts.graph.offsets[nodes] == UInt64(2 * edges)
    else { throw damage }
    let isSound = Locked(true)
    ThreadPool.forRanges(nodes, grain: 1 << 12) { range in
      for node in range where parts.graph.offsets[node] > parts.graph.offsets[node + 1] {
        isSound.withLock { $0 = false }
      }
    }
    ThreadPool.forRanges(2 * edges, grain: 1 << 16) { range in
      var highest: (node: UInt32, edge: UInt32) = (0, 0)
      for place in range {
        let neighbor = parts.graph.neighbors[place]
        // Negative numbers are large when read as unsigned.
        highest.node = max(highest.node, UInt32(bitPattern: neighbor.node))
        highest.edge = max(highest.edge, neighbor.edge)
      }
      if highest.node >= UInt32(nodes) || Int(highest.edge) >= edges {
        isSound.withLock { $0 = false }
      }
    }
    if !isSound.withLock({ $0 }) { throw damage }
  }

  /// A source that differs only in its modification time is compared by its bytes.
  private static func checkSources(
    _ known: [CacheHeader.Source], _ found: [CacheHeader.Source], _ files: NodeFolder
  ) throws {
    guard known.map(\.name) == found.map(\.name) else {
      throw CacheProblem("the cache was made from other source files")
    }
    for (known, found) in zip(known, found)
    where known.modified != found.modified
      || known.byteCount != found.byteCount
    {
      guard known.byteCount == found.byteCount,
        try known.checksum == fileChecksum("\(files.path)/\(found.name)")
      else { throw CacheProblem("\(found.name) has changed since the cache was made") }
    }
  }

  private static func fileChecksum(_ path: String) throws -> String {
    let file = try MappedFile(path: path)
    return file.withBytes(0..<file.count) { CacheHeader.checksum($0) }
  }

  /// Reads the sources and writes the cache file.
  static func build(
    _ path: String, _ files: NodeFolder, _ sources: [CacheHeader.Source],
    _ progress: (String) -> Void
  ) throws {
    // Small files first, because they confirm the number of nodes in num-node-list.
    let (nodeCount, edgeCount) = try NodeTables.counts(files)
    if nodeCount == 0 {
      throw InputError(file: files.nodeCount, line: 1, found: "0 nodes", expected: "at least 1")
    }
    let (labels, targetCount) = try NodeTables.labels(files.labels, nodeCount: nodeCount)
    let (species, speciesValues) =
      try files.species.map { try NodeTables.species($0, nodeCount: nodeCount) } ?? ([], [])
    var seen = [Bool](repeating: false, count: nodeCount)
    let splits = try [files.train, files.validation, files.test].map {
      try NodeTables.split($0, seen: &seen)
    }

    let writer = try CacheWriter(path: path)
    try writer.section("species", species)
    try writer.section("labels", labels)
    for (name, nodes) in zip(["train", "validation", "test"], splits) {
      try writer.section(name, nodes)
    }
    progress("reading \(edgeCount) edges")
    try writeAdjacency(files.edges, nodeCount, edgeCount, writer)
    var (scoreCount, inThousandths) = (0, false)
    if let file = files.scores {
      progress("reading the edges' scores")
      (scoreCount, inThousandths) = try writeScores(file, edgeCount, writer)
    }
    progress("writing the cache")
    var known = sources
    for index in known.indices {
      known[index].checksum = try fileChecksum("\(files.path)/\(known[index].name)")
    }
    for (before, now) in zip(sources, try files.sources()) where before != now {
      throw InputError(
        file: "\(files.path)/\(now.name)", found: "a file that changed during the reading",
        expected: "files that do not change")
    }
    _ = try writer.commit(
      CacheHeader(
        sources: known, nodeCount: nodeCount, edgeCount: edgeCount, scoreCount: scoreCount,
        hasScoresInThousandths: inThousandths, speciesValues: speciesValues,
        targetCount: targetCount))
  }

  /// Sorts the neighbors by ranges of nodes, so that only some of them are in memory.
  private static func writeAdjacency(
    _ file: String, _ nodeCount: Int, _ edgeCount: Int, _ writer: CacheWriter
  ) throws {
    if edgeCount == 0 { try NodeTables.expectNoLines(file) }
    let ends =
      edgeCount == 0 ? [] : try EdgeTables.ends(file, nodeCount: nodeCount, edgeCount: edgeCount)
    let adjacency = Adjacency(nodeCount: nodeCount, ends: ends)
    try writer.section("offsets", adjacency.offsets)
    let stride = MemoryLayout<LargeGraph.Neighbor>.stride
    let start = writer.section("neighbors", byteCount: 2 * edgeCount * stride)
    let windows = adjacency.windows(of: 1 << 22)
    let failure = Locked<(any Error)?>(nil)
    ThreadPool.run(chunks: windows.count) { index in
      let nodes = windows[index]
      let first = Int(adjacency.offsets[nodes.lowerBound])
      let count = Int(adjacency.offsets[nodes.upperBound]) - first
      let memory = OutOfMemory.allocate(
        LargeGraph.Neighbor.self, count: count, for: "the neighbors of a large graph")
      defer { free(memory) }
      adjacency.fill(nodes, memory)
      do {
        try writer.write(
          UnsafeRawBufferPointer(start: memory, count: count * stride), at: start + first * stride)
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// The number of scores of an edge, and whether they were written as thousandths.
  private static func writeScores(
    _ file: String, _ edgeCount: Int, _ writer: CacheWriter
  ) throws -> (columns: Int, inThousandths: Bool) {
    if edgeCount == 0 {
      try NodeTables.expectNoLines(file)
      return (0, false)
    }
    let start = writer.nextSectionOffset
    var offset = start
    func write<Score>(_ scores: [Score]) throws {
      try scores.withUnsafeBytes { try writer.write($0, at: offset) }
      offset += scores.count * MemoryLayout<Score>.stride
    }
    if let columns = try EdgeTables.thousandths(file, edgeCount: edgeCount, write: write) {
      _ = writer.section("scores", byteCount: offset - start)
      return (columns, true)
    }
    offset = start
    let columns = try EdgeTables.reals(file, edgeCount: edgeCount, write: write)
    _ = writer.section("scores", byteCount: offset - start)
    return (columns, false)
  }
}
