import OutcropCore
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct EdgeIndexTests {
  @Test(arguments: 0..<40)
  func bothOrdersHoldForRandomBlocks(seed: Int) {
    var random = TestRandom(UInt64(seed))
    let sourceCount = Int.random(in: 1...30, using: &random)
    let destinationCount = Int.random(in: 1...30, using: &random)
    let edges = seed % 5 == 0 ? 0 : Int.random(in: 0...200, using: &random)
    let sources = (0..<edges).map { _ in Int32.random(in: 0..<Int32(sourceCount), using: &random) }
    let destinations = (0..<edges).map { _ in
      Int32.random(in: 0..<Int32(destinationCount), using: &random)
    }
    let index = EdgeIndex(
      sources: sources, destinations: destinations, sourceCount: sourceCount,
      destinationCount: destinationCount)

    #expect(index.edgeCount == edges)
    #expect(index.originalOrder.sorted() == (0..<Int32(edges)).map { $0 })
    #expect(index.sourceOrder.sorted() == (0..<Int32(edges)).map { $0 })
    #expect(index.sources == index.originalOrder.map { sources[Int($0)] })
    #expect(index.destinations == index.originalOrder.map { destinations[Int($0)] })
    #expect(index.destinationOffsets.count == destinationCount + 1)
    #expect(index.sourceOffsets.count == sourceCount + 1)
    #expect(index.destinationOffsets.first == 0 && index.sourceOffsets.first == 0)
    #expect(index.destinationOffsets.last == Int32(edges))
    #expect(index.sourceOffsets.last == Int32(edges))
    for node in 0..<destinationCount {
      let group = index.edges(into: node)
      #expect(group.allSatisfy { index.destinations[$0] == Int32(node) })
      let given = group.map { index.originalOrder[$0] }
      #expect(given == given.sorted())  // stable
      #expect(group.count == destinations.count { $0 == Int32(node) })
    }
    for node in 0..<sourceCount {
      let group = index.edges(outOf: node)
      #expect(group.allSatisfy { index.sources[Int($0)] == Int32(node) })
      #expect(Array(group) == group.sorted())
      #expect(group.count == sources.count { $0 == Int32(node) })
    }
  }

  /// Graphs side by side of `sizes` nodes, with `density` random edges a node inside each.
  private static func batch(_ sizes: [Int], density: Int, seed: UInt64) -> EdgeIndex {
    var generator = RandomGenerator(seed: seed)
    var (sources, destinations): ([Int32], [Int32]) = ([], [])
    var start = 0
    for size in sizes {
      for _ in 0..<size * density {
        sources.append(Int32(start + generator.below(size)))
        destinations.append(Int32(start + generator.below(size)))
      }
      start += size
    }
    return EdgeIndex(sources: sources, destinations: destinations, nodeCount: start)
  }

  @Test(arguments: 0..<20)
  func closedRangesCoverAllNodesAndNoEdgeLeavesThem(_ seed: UInt64) throws {
    var generator = RandomGenerator(seed: seed)
    let sizes = (0..<1 + generator.below(300)).map { _ in 1 + generator.below(40) }
    let index = Self.batch(sizes, density: generator.below(4), seed: seed)
    let ranges = try #require(index.closedRanges)
    #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == index.destinationCount)
    for (range, next) in zip(ranges, ranges.dropFirst()) {
      #expect(range.upperBound == next.lowerBound)
      let edges =
        index.destinationOffsets[range.upperBound] - index.destinationOffsets[range.lowerBound]
      #expect(edges >= 256 || range.count >= 256)
    }
    for range in ranges {
      let nodes = Int32(range.lowerBound)..<Int32(range.upperBound)
      for edge in 0..<index.edgeCount {
        #expect(nodes.contains(index.sources[edge]) == nodes.contains(index.destinations[edge]))
      }
    }
  }

  @Test func largePiecesAndTwoListsHaveNoClosedRanges() {
    #expect(Self.batch([30, 3000, 30], density: 3, seed: 1).closedRanges == nil)
    #expect(Self.batch([30, 300, 30], density: 3, seed: 1).closedRanges != nil)
    let bipartite = EdgeIndex(
      sources: [0, 1], destinations: [0, 0], sourceCount: 2, destinationCount: 1)
    #expect(bipartite.closedRanges == nil)
    #expect(EdgeIndex(sources: [], destinations: [], nodeCount: 0).closedRanges == nil)
  }

  @Test func noNodesAndNoEdges() {
    let index = EdgeIndex(sources: [], destinations: [], nodeCount: 0)
    #expect(index.destinationOffsets == [0])
    #expect(index.sourceOrder.isEmpty)
  }

  @Test func anEdgeOutsideTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = EdgeIndex(sources: [0, 3], destinations: [1, 1], nodeCount: 3)
    }
    await #expect(processExitsWith: .failure) {
      _ = EdgeIndex(sources: [0, 1], destinations: [1, -1], nodeCount: 3)
    }
  }
}
