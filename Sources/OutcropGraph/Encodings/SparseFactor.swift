/// The factors L D Lᵀ of a large sparse Laplacian plus a small multiple of the identity, where they have few
/// entries: those of trees, paths, rings, grids. Its inverse tells small eigenvalues apart that the matrix
/// itself cannot.
///
/// Nodes are eliminated by the number of neighbors that they have left (the order of minimum degree: Tinney
/// and Walker 1967, "Direct Solutions of Sparse Network Equations by Optimally Ordered Triangular
/// Factorization").
struct SparseFactor {
  /// The nodes in the order of elimination.
  private var order: [Int32] = []
  private var pivots: [Double] = []
  /// The column of node `order[i]` is `starts[i] ..< starts[i + 1]` of the two lists.
  private var starts = [0]
  private var nodes: [Int32] = []
  private var factors: [Double] = []

  /// nil where the factors would have many entries or take long to compute, and where rounding makes a pivot
  /// vanish.
  init?(_ matrix: SparseLaplacian, adding shift: Double) {
    let count = matrix.nodeCount
    if matrix.neighbors.count > 16 * count { return nil }
    let mostEntries = 8 * (count + matrix.neighbors.count) + 1 << 20
    let mostWork = 50_000_000 + 20 * count
    var diagonal = matrix.loops.map { 1 - $0 + shift }
    // What is left of the matrix: for each node its neighbors that have not been eliminated.
    var rest = (0..<count).map { node -> [Int32: Double] in
      var row: [Int32: Double] = [:]
      for index in matrix.offsets[node]..<matrix.offsets[node + 1] {
        row[matrix.neighbors[index]] = -matrix.weights[index]
      }
      return row
    }
    // Nodes by their number of neighbors; a node stays where it was when its number changes.
    var waiting: [[Int32]] = []
    func wait(_ node: Int32, _ waiting: inout [[Int32]]) -> Int {
      let degree = rest[Int(node)].count
      while waiting.count <= degree { waiting.append([]) }
      waiting[degree].append(node)
      return degree
    }
    for node in (0..<Int32(count)).reversed() { _ = wait(node, &waiting) }
    var isDone = [Bool](repeating: false, count: count)
    var (lowest, work) = (0, 0)
    while order.count < count {
      while waiting[lowest].isEmpty { lowest += 1 }
      let node = waiting[lowest].removeLast()
      if isDone[Int(node)] || rest[Int(node)].count != lowest { continue }
      isDone[Int(node)] = true
      // In a fixed order: that of a dictionary differs from run to run.
      let column = rest[Int(node)].sorted { $0.key < $1.key }
      rest[Int(node)] = [:]
      let pivot = diagonal[Int(node)]
      work += column.count * column.count
      guard pivot > 0, work <= mostWork, nodes.count + column.count <= mostEntries else {
        return nil
      }
      order.append(node)
      pivots.append(pivot)
      for (place, (first, value)) in column.enumerated() {
        let factor = value / pivot
        nodes.append(first)
        factors.append(factor)
        diagonal[Int(first)] -= factor * value
        rest[Int(first)][node] = nil
        for (second, other) in column[..<place] {
          rest[Int(first)][second, default: 0] -= factor * other
          rest[Int(second)][first, default: 0] -= factor * other
        }
      }
      for (other, _) in column { lowest = min(lowest, wait(other, &waiting)) }
      starts.append(nodes.count)
    }
  }

  /// The solution of (L + shift I) y = x.
  func solved(_ x: [Double]) -> [Double] {
    var y = x
    y.withUnsafeMutableBufferPointer { y in
      nodes.withUnsafeBufferPointer { nodes in
        factors.withUnsafeBufferPointer { factors in
          for (place, node) in order.enumerated() {
            let value = y[Int(node)]
            for index in starts[place]..<starts[place + 1] {
              y[Int(nodes[index])] -= factors[index] * value
            }
            y[Int(node)] = value / pivots[place]
          }
          for place in order.indices.reversed() {
            var value = y[Int(order[place])]
            for index in starts[place]..<starts[place + 1] {
              value -= factors[index] * y[Int(nodes[index])]
            }
            y[Int(order[place])] = value
          }
        }
      }
    }
    return y
  }
}
