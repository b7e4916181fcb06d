import OutcropCore

/// Samples neighborhoods of nodes: for each layer, some of the edges into every node that the layer
/// computes, without replacement.
///
/// Fan-outs are in the order of layers, as for DGL's `MultiLayerNeighborSampler`: the first
/// is that of the layer nearest to the input, the last that of the output nodes. A node that has at
/// most as many edges as the fan-out gets all of them. Source: Hamilton et al. 2017, "Inductive
/// Representation Learning on Large Graphs".
///
/// The same nodes and seed give the same blocks on any thread. Several threads may sample concurrently.
///
/// The published programs for proteins specify a fourth fan-out of 1 with three layers. Its block is never
/// used for messages. Specify as many fan-outs as the model has layers.
public struct NeighborSampler: Sendable {
  /// A fan-out that takes every edge.
  public static let allNeighbors = Int.max

  /// The graph.
  public let graph: LargeGraph
  /// The largest number of edges into a node, layer by layer from the input.
  public let fanOuts: [Int]
  private let scratch: ObjectPool<Scratch>

  /// The sampled neighborhood of some nodes.
  public struct Sample: Sendable {
    /// One block per layer, beginning at the input, with the scores as edge attributes.
    public let blocks: [GraphBatch.Block]
    /// [sources of the first block] The nodes whose features the first layer reads. A block's
    /// sources are the first of these.
    public let inputNodes: [Int32]
    /// The edges of each block by their number in the graph, in destination order.
    public let edges: [[UInt32]]
  }

  /// Creates a sampler. Traps if `fanOuts` is empty or has a number below 1.
  public init(_ graph: LargeGraph, fanOuts: [Int]) {
    require(
      !fanOuts.isEmpty && fanOuts.allSatisfy { $0 >= 1 },
      "NeighborSampler: found fan-outs \(fanOuts), expected one of at least 1 for each layer")
    self.graph = graph
    self.fanOuts = fanOuts
    scratch = .trimmed { Scratch(graph) }
  }

  /// Samples the blocks that compute the given nodes. Traps if a node does not exist or occurs twice.
  public func sample(_ nodes: [Int32], seed: UInt64) -> Sample {
    let scratch = self.scratch.take()
    defer { self.scratch.giveBack(scratch) }
    var generator = RandomGenerator(seed: seed)
    var list = nodes
    scratch.begin()
    for (index, node) in nodes.enumerated() {
      require(
        node >= 0 && Int(node) < graph.nodeCount,
        "NeighborSampler: found node \(node), expected 0 ..< \(graph.nodeCount)")
      require(
        scratch.enter(node, Int32(index)), "NeighborSampler: found node \(node) twice")
    }
    var layers: [(edges: EdgeIndex, numbers: [UInt32])] = []
    for fanOut in fanOuts.reversed() {
      layers.append(draw(fanOut, &list, scratch, &generator))
    }
    layers.reverse()
    let blocks = layers.map { layer in
      GraphBatch.Block(
        edges: layer.edges,
        edgeAttributes: graph.scoreCount == 0
          ? nil
          : RealFeatures(
            values: graph.gatherScores(layer.numbers), columns: graph.scoreCount))
    }
    return Sample(blocks: blocks, inputNodes: list, edges: layers.map(\.numbers))
  }

  /// Samples one layer: edges into all nodes of `list`. New source nodes are appended to `list`.
  private func draw(
    _ fanOut: Int, _ list: inout [Int32], _ scratch: Scratch, _ generator: inout RandomGenerator
  ) -> (edges: EdgeIndex, numbers: [UInt32]) {
    let destinationCount = list.count
    var drawn: [LargeGraph.Neighbor] = []
    var destinations: [Int32] = []
    for destination in 0..<destinationCount {
      let node = Int(list[destination])
      let (first, degree) = (
        graph.offsets[node], Int(graph.offsets[node + 1] - graph.offsets[node])
      )
      let neighbors = graph.neighbors + Int(first)
      if degree <= fanOut {
        drawn.append(contentsOf: UnsafeBufferPointer(start: neighbors, count: degree))
      } else {
        scratch.beginDraw()
        // Floyd's algorithm (Bentley & Floyd 1987): every set of positions is equally likely.
        for last in degree - fanOut..<degree {
          var position = generator.below(last + 1)
          if !scratch.take(position) {
            position = last
            _ = scratch.take(last)
          }
          drawn.append(neighbors[position])
        }
      }
      for _ in 0..<min(degree, fanOut) { destinations.append(Int32(destination)) }
    }
    var sources: [Int32] = []
    sources.reserveCapacity(drawn.count)
    for neighbor in drawn {
      let (index, isNew) = scratch.index(of: neighbor.node, orEnter: Int32(list.count))
      if isNew { list.append(neighbor.node) }
      sources.append(index)
    }
    let edges = EdgeIndex(
      sources: sources, destinations: destinations, sourceCount: list.count,
      destinationCount: destinationCount)
    // Edges were sampled in order of destination, and the index's stable grouping keeps this order.
    return (edges, drawn.map(\.edge))
  }
}

/// Scratch memory for one sample at a time: the nodes in the sample, and the sampled positions of one node.
/// Marks are round numbers, so that nothing must be cleared between samples.
private final class Scratch: @unchecked Sendable {
  // Sendable: one thread at a time takes it from the pool.
  private struct Entry {
    var round: UInt32
    var index: Int32
  }

  private var nodes: [Entry]
  private var positions: [UInt32]
  private var nodeRound: UInt32 = 0
  private var positionRound: UInt32 = 0

  init(_ graph: LargeGraph) {
    nodes = Array(repeating: Entry(round: 0, index: 0), count: graph.nodeCount)
    var largest: UInt64 = 0
    for node in 0..<graph.nodeCount {
      largest = max(largest, graph.offsets[node + 1] - graph.offsets[node])
    }
    positions = Array(repeating: 0, count: Int(largest))
  }

  func begin() {
    nodeRound &+= 1
    if nodeRound == 0 {
      for node in nodes.indices { nodes[node].round = 0 }
      nodeRound = 1
    }
  }

  func beginDraw() {
    positionRound &+= 1
    if positionRound == 0 {
      for position in positions.indices { positions[position] = 0 }
      positionRound = 1
    }
  }

  /// Returns false if the node is already in the sample.
  func enter(_ node: Int32, _ index: Int32) -> Bool { self.index(of: node, orEnter: index).isNew }

  @inline(__always)
  func index(of node: Int32, orEnter index: Int32) -> (index: Int32, isNew: Bool) {
    let entry = nodes[Int(node)]
    if entry.round == nodeRound { return (entry.index, false) }
    nodes[Int(node)] = Entry(round: nodeRound, index: index)
    return (index, true)
  }

  /// Returns false if the position was already sampled.
  @inline(__always)
  func take(_ position: Int) -> Bool {
    if positions[position] == positionRound { return false }
    positions[position] = positionRound
    return true
  }
}
