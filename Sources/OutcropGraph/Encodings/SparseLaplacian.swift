import Foundation
import OutcropBLAS
import OutcropCore

/// A graph's normalized Laplacian I − D^-1/2 A D^-1/2 as a sparse matrix, for graphs whose dense matrix is
/// too large.
///
/// A and D are those of `LaplacianSpectrum`.
struct SparseLaplacian {
  let nodeCount: Int
  /// [nodes + 1] The neighbors of node i are `neighbors[offsets[i] ..< offsets[i + 1]]`, ascending.
  private(set) var offsets: [Int]
  private(set) var neighbors: [Int32] = []
  /// D^-1/2 A D^-1/2 for each neighbor.
  private(set) var weights: [Double] = []
  /// D^-1/2 A D^-1/2 on the diagonal.
  private(set) var loops: [Double]
  /// D.
  private var degrees: [Double]

  init(of graph: Graph) {
    nodeCount = graph.nodeCount
    // Each edge as the pair of its nodes in order, and its direction.
    var keys: [(pair: UInt64, isDown: Bool)] = []
    let added = graph.addedEdges
    for edge in 0..<graph.edgeCount where added == nil || added![edge] == 0 {
      let (source, destination) = (graph.sources[edge], graph.destinations[edge])
      keys.append((pairKey(source, destination), source > destination))
    }
    keys.sort { ($0.pair, $0.isDown ? 1 : 0) < ($1.pair, $1.isDown ? 1 : 0) }
    var pairs: [(first: Int, second: Int, count: Double)] = []
    var start = 0
    while start < keys.count {
      var counts = (up: 0, down: 0)
      var end = start
      while end < keys.count, keys[end].pair == keys[start].pair {
        if keys[end].isDown { counts.down += 1 } else { counts.up += 1 }
        end += 1
      }
      let pair = keys[start].pair
      pairs.append(
        (Int(pair >> 32), Int(pair & 0xffff_ffff), Double(max(counts.up, counts.down))))
      start = end
    }
    degrees = [Double](repeating: 0, count: nodeCount)
    loops = degrees
    offsets = [Int](repeating: 0, count: nodeCount + 1)
    for (first, second, count) in pairs {
      degrees[first] += count
      if first == second { continue }
      degrees[second] += count
      offsets[first + 1] += 1
      offsets[second + 1] += 1
    }
    for node in 0..<nodeCount {
      degrees[node] = max(1, degrees[node])
      offsets[node + 1] += offsets[node]
    }
    neighbors = [Int32](repeating: 0, count: offsets[nodeCount])
    weights = [Double](repeating: 0, count: offsets[nodeCount])
    var next = offsets
    // Pairs are in order, so a node's neighbors with higher numbers are in order. Those with lower numbers
    // are added before them.
    for down in [true, false] {
      for (first, second, count) in pairs where first != second {
        let (node, other) = down ? (second, first) : (first, second)
        neighbors[next[node]] = Int32(other)
        weights[next[node]] = count / (degrees[first] * degrees[second]).squareRoot()
        next[node] += 1
      }
    }
    for (first, second, count) in pairs where first == second {
      loops[first] = count / degrees[first]
    }
  }

  /// The part of the matrix that belongs to `nodes`, which have no edge to others.
  private init(_ whole: SparseLaplacian, _ nodes: [Int32], _ place: [Int32]) {
    nodeCount = nodes.count
    offsets = [0]
    (loops, degrees) = ([], [])
    for node in nodes {
      let node = Int(node)
      for index in whole.offsets[node]..<whole.offsets[node + 1] {
        neighbors.append(place[Int(whole.neighbors[index])])
        weights.append(whole.weights[index])
      }
      offsets.append(neighbors.count)
      loops.append(whole.loops[node])
      degrees.append(whole.degrees[node])
    }
  }

  /// The connected components: their nodes, ascending, by ascending first node, and their matrices.
  func components() -> [(nodes: [Int32], matrix: SparseLaplacian)] {
    var component = [Int32](repeating: -1, count: nodeCount)
    var members: [[Int32]] = []
    var open: [Int32] = []
    for start in 0..<nodeCount where component[start] < 0 {
      let number = Int32(members.count)
      component[start] = number
      open = [Int32(start)]
      var nodes: [Int32] = []
      while let node = open.popLast() {
        nodes.append(node)
        for index in offsets[Int(node)]..<offsets[Int(node) + 1]
        where component[Int(neighbors[index])] < 0 {
          component[Int(neighbors[index])] = number
          open.append(neighbors[index])
        }
      }
      members.append(nodes.sorted())
    }
    var place = [Int32](repeating: 0, count: nodeCount)
    for nodes in members {
      for (index, node) in nodes.enumerated() { place[Int(node)] = Int32(index) }
    }
    return members.map { ($0, SparseLaplacian(self, $0, place)) }
  }

  /// The unit vector along D^1/2 1, which is the only eigenvector for the eigenvalue 0 in a connected graph.
  var trivialVector: [Double] {
    let scale = 1 / degrees.reduce(0, +).squareRoot()
    return degrees.map { $0.squareRoot() * scale }
  }

  /// The whole matrix.
  func dense() -> [Double] {
    var matrix = [Double](repeating: 0, count: nodeCount * nodeCount)
    for node in 0..<nodeCount {
      matrix[node * nodeCount + node] = 1 - loops[node]
      for index in offsets[node]..<offsets[node + 1] {
        matrix[node * nodeCount + Int(neighbors[index])] = -weights[index]
      }
    }
    return matrix
  }

  /// y = a L x + b x + c z; y may be z.
  func apply(
    _ x: UnsafePointer<Double>, scaledBy a: Double, adding b: Double, _ c: Double,
    _ z: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>
  ) {
    nonisolated(unsafe) let (x, y, z) = (x, y, z)
    offsets.withUnsafeBufferPointer { offsets in
      neighbors.withUnsafeBufferPointer { neighbors in
        weights.withUnsafeBufferPointer { weights in
          loops.withUnsafeBufferPointer { loops in
            ThreadPool.forRanges(nodeCount, grain: 1 << 12) { range in
              for node in range {
                var sum = loops[node] * x[node]
                for index in offsets[node]..<offsets[node + 1] {
                  sum += weights[index] * x[Int(neighbors[index])]
                }
                y[node] = a * (x[node] - sum) + b * x[node] + c * z[node]
              }
            }
          }
        }
      }
    }
  }

  /// A vector with few nonzero entries; each node occurs once, in no particular order.
  struct SparseVector {
    var nodes: [Int32]
    var values: [Double]
  }

  /// Calls `body` for every node, on all threads, with the vectors M^0 e, M^1 e, …, M^steps e, where e is
  /// the node's unit vector and M = a (I − L) + b I. `body` also gets an array of zeros, one for each node,
  /// as scratch memory, and must restore the zeros.
  ///
  /// Sums are in a fixed order.
  func forEachPropagation(
    steps: Int, _ a: Double = 1, _ b: Double = 0,
    _ body: (Int, [SparseVector], UnsafeMutablePointer<Double>) -> Void
  ) {
    ThreadPool.forRanges(nodeCount, grain: 64) { range in
      let purpose: StaticString = "the encoding of a large graph"
      let sums = OutOfMemory.allocate(Double.self, count: nodeCount, for: purpose)
      let isListed = OutOfMemory.allocate(Bool.self, count: nodeCount, for: purpose)
      sums.initialize(repeating: 0, count: nodeCount)
      isListed.initialize(repeating: false, count: nodeCount)
      defer {
        free(sums)
        free(isListed)
      }
      for node in range {
        var vectors = [SparseVector(nodes: [Int32(node)], values: [1])]
        for _ in 0..<steps {
          var nodes: [Int32] = []
          func add(_ value: Double, to node: Int) {
            if !isListed[node] {
              isListed[node] = true
              nodes.append(Int32(node))
            }
            sums[node] += value
          }
          let last = vectors[vectors.count - 1]
          for (from, value) in zip(last.nodes, last.values) {
            let from = Int(from)
            add((a * loops[from] + b) * value, to: from)
            for edge in offsets[from]..<offsets[from + 1] {
              add(a * weights[edge] * value, to: Int(neighbors[edge]))
            }
          }
          vectors.append(SparseVector(nodes: nodes, values: nodes.map { sums[Int($0)] }))
          for node in nodes {
            sums[Int(node)] = 0
            isListed[Int(node)] = false
          }
        }
        body(node, vectors, sums)
      }
    }
  }
}

private func pairKey(_ source: Int32, _ destination: Int32) -> UInt64 {
  UInt64(UInt32(min(source, destination))) << 32 | UInt64(UInt32(max(source, destination)))
}
