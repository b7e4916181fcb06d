import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct NeighborSamplerTests {
  /// Everything that a sample promises, on graphs with loops and repeated edges.
  @Test(arguments: 0..<30) func samplesAreSubgraphs(index: Int) {
    var random = TestRandom(UInt64(index))
    let nodes = Int.random(in: 2...60, using: &random)
    let dataset = randomNodeDataset(
      &random, nodes: nodes, edges: Int.random(in: 0...400, using: &random),
      scores: index % 2 == 0 ? 8 : 3)
    let graph = dataset.graph
    let fanOuts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
      Int.random(in: 1...9, using: &random)
    }
    let seeds = Array(
      (0..<Int32(nodes)).shuffled(using: &random).prefix(Int.random(in: 1...nodes, using: &random)))
    let sample = NeighborSampler(graph, fanOuts: fanOuts).sample(seeds, seed: UInt64(index))

    #expect(sample.blocks.count == fanOuts.count)
    #expect(Set(sample.inputNodes).count == sample.inputNodes.count)
    #expect(Array(sample.inputNodes.prefix(seeds.count)) == seeds)
    #expect(sample.blocks[0].edges.sourceCount == sample.inputNodes.count)
    #expect(sample.blocks.last!.edges.destinationCount == seeds.count)
    for (layer, block) in sample.blocks.enumerated() {
      if layer > 0 {
        #expect(sample.blocks[layer - 1].edges.destinationCount == block.edges.sourceCount)
      }
      // Sources beyond the destinations are there because an edge leaves them.
      let used = Set(block.edges.sources)
      #expect(
        (block.edges.destinationCount..<block.edges.sourceCount).allSatisfy {
          used.contains(Int32($0))
        })
      for destination in 0..<block.edges.destinationCount {
        let node = Int(sample.inputNodes[destination])
        let range = block.edges.edges(into: destination)
        #expect(range.count == min(graph.degree(of: node), fanOuts[layer]))
        // Each drawn edge is one of the node's, with that edge's other end and scores, no place
        // twice.
        var places = Dictionary(
          grouping: zip(graph.edges(at: node), graph.neighbors(of: node)).map { [$0, Int($1)] },
          by: { $0 }
        ).mapValues(\.count)
        for position in range {
          let edge = Int(sample.edges[layer][position])
          let source = Int(sample.inputNodes[Int(block.edges.sources[position])])
          let left = places[[edge, source], default: 0]
          #expect(left > 0)
          places[[edge, source]] = left - 1
          #expect(
            (0..<graph.scoreCount).map { block.edgeAttributes![position, $0] }
              == graph.scores(of: edge))
        }
      }
    }
  }

  @Test func wholeNeighborhoods() {
    var random = TestRandom(11)
    let graph = randomNodeDataset(&random, nodes: 40, edges: 300).graph
    let sampler = NeighborSampler(graph, fanOuts: [NeighborSampler.allNeighbors, 500])
    let sample = sampler.sample([7, 3], seed: 1)
    #expect(sample.blocks[1].edges.edgeCount == graph.degree(of: 7) + graph.degree(of: 3))
    let middle = sample.blocks[0].edges.destinationCount
    #expect(
      sample.blocks[0].edges.edgeCount
        == sample.inputNodes.prefix(middle).reduce(0) { $0 + graph.degree(of: Int($1)) })
    // Nothing is drawn, so the seed doesn't matter.
    let other = sampler.sample([7, 3], seed: 2)
    #expect(other.inputNodes == sample.inputNodes && other.edges == sample.edges)
  }

  @Test func fanOutsStartAtTheInput() {
    var random = TestRandom(12)
    let graph = randomNodeDataset(&random, nodes: 50, edges: 2000).graph
    let sample = NeighborSampler(graph, fanOuts: [2, 7]).sample([0, 1, 2], seed: 5)
    #expect(sample.blocks[1].edges.edgeCount == 3 * 7)
    #expect(sample.blocks[0].edges.edgeCount == sample.blocks[0].edges.destinationCount * 2)
  }

  @Test func everyNeighborIsAsLikely() {
    // A star: each of 20 edges is drawn 5 times in 20; 4000 draws give 1000 ± 27 of each.
    let graph = LargeGraph(
      nodeCount: 21, firstEnds: Array(repeating: 0, count: 20), secondEnds: Array(1...20))
    let sampler = NeighborSampler(graph, fanOuts: [5])
    var counts = [Int](repeating: 0, count: 20)
    var pairs = 0
    for seed in 0..<4000 {
      let edges = sampler.sample([0], seed: UInt64(seed)).edges[0]
      for edge in edges { counts[Int(edge)] += 1 }
      if edges.contains(3), edges.contains(17) { pairs += 1 }
    }
    #expect(counts.allSatisfy { abs($0 - 1000) < 140 }, "\(counts)")
    // Both of a pair: 5 · 4 / (20 · 19) of 4000, 210.5 ± 14.
    #expect(abs(pairs - 210) < 75)
  }

  @Test func batchesRepeatOnAnyThread() {
    var random = TestRandom(13)
    let dataset = randomNodeDataset(&random, nodes: 300, edges: 6000)
    let source = SampledNodes(dataset, .train, fanOuts: [3, 4, 5])
    let batches = (0..<24).map { Array($0 * 6..<$0 * 6 + 6) }
    func signature(_ batch: GraphBatch) -> [[Int32]] {
      [batch.nodeTypes!.values]
        + batch.blocks.flatMap {
          [$0.edges.sources, $0.edges.destinations]
            + [$0.edgeAttributes!.values.map { Int32(($0 * 1000).rounded()) }]
        }
    }
    let alone = batches.enumerated().map { signature(source.batch($1[...], seed: UInt64($0))) }
    let threads = ThreadPool.threadCount
    ThreadPool.threadCount = 4
    defer { ThreadPool.threadCount = threads }
    var together = [[[Int32]]](repeating: [], count: batches.count)
    together.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let slots = buffer
      ThreadPool.run(chunks: batches.count) { index in
        slots[index] = signature(source.batch(batches[index][...], seed: UInt64(index)))
      }
    }
    #expect(together == alone)
    #expect(signature(source.batch(batches[0][...], seed: 99)) != alone[0])
  }

  @Test func batchesCarryLabelsAndSpecies() {
    var random = TestRandom(14)
    let dataset = randomNodeDataset(&random, nodes: 80, edges: 500)
    let source = SampledNodes(dataset, .validation, fanOuts: [2, 2])
    #expect(source.exampleCount == dataset.validation.count)
    let examples = [4, 0, 9]
    let batch = source.batch(examples[...], seed: 3)
    let nodes = examples.map { dataset.validation[$0] }
    #expect(batch.labeledCount == 3 && batch.targetCount == 4)
    for (found, expected) in zip(batch.targets, dataset.labels(of: nodes)) {
      #expect(found == expected || (found.isNaN && expected.isNaN))
    }
    let inputs = source.sampler.sample(nodes, seed: 3).inputNodes
    #expect(batch.nodeTypes!.values == inputs.map { dataset.species[Int($0)] })
  }
}
