import OutcropCore

extension UndirectedEdges {
  /// The balanced Forman curvature of each pair of nodes i – j with degrees d_i and d_j:
  ///
  ///     Ric = 2/d_i + 2/d_j − 2 + 2 T / max(d_i, d_j) + T / min(d_i, d_j) + (Q_i + Q_j) / (γ max(d_i, d_j))
  ///
  /// and 0 if min(d_i, d_j) = 1. T is the number of triangles that contain the edge. Q_i is the number of
  /// neighbors k of i that are neither j nor adjacent to j and are in a cycle i – k – w – j of length 4
  /// without a diagonal. Q_j is the same for the neighbors of j. γ is the largest number of such cycles
  /// through one such k or w. The last term is 0 without such a cycle. Source: Topping et al. 2022,
  /// "Understanding over-squashing and bottlenecks on graphs via curvature", definition 1.
  ///
  /// Edges from a node to itself are ignored in the neighborhoods, and their curvature is NaN.
  /// O(edges · degree²). Edges are processed in parallel; the result does not depend on the number of
  /// threads.
  public func formanCurvature() -> [Double] {
    let sorted = sortedNeighbors()
    return [Double](unsafeUninitializedCapacity: pairs.count) { result, count in
      let base = result.baseAddress
      ThreadPool.forRanges(pairs.count, grain: 256) { range in
        for number in range {
          (base! + number).initialize(to: curvature(pairs[number], sorted))
        }
      }
      count = pairs.count
    }
  }

  /// The neighbors of every node, ascending.
  private func sortedNeighbors() -> [[Int32]] {
    (0..<nodeCount).map { neighbors[Int(offsets[$0])..<Int(offsets[$0 + 1])].sorted() }
  }

  private func curvature(
    _ pair: (first: Int32, second: Int32), _ neighbors: [[Int32]]
  ) -> Double {
    if pair.first == pair.second { return .nan }
    let (a, b) = (neighbors[Int(pair.first)], neighbors[Int(pair.second)])
    let (smaller, larger) = (Double(min(a.count, b.count)), Double(max(a.count, b.count)))
    if smaller == 1 { return 0 }
    let triangles = Double(countOfCommon(a, b))
    // Neighbors of one end that are neither the other end nor adjacent to it. A cycle through one such
    // neighbor of each end has no diagonal.
    let onlyA = a.filter { $0 != pair.second && !contains(b, $0) }
    let onlyB = b.filter { $0 != pair.first && !contains(a, $0) }
    let cyclesOfA = onlyA.map { countOfCommon(neighbors[Int($0)], onlyB) }
    let cyclesOfB = onlyB.map { countOfCommon(neighbors[Int($0)], onlyA) }
    var result = 2 / smaller + 2 / larger - 2 + 2 * triangles / larger + triangles / smaller
    let most = max(cyclesOfA.max() ?? 0, cyclesOfB.max() ?? 0)
    if most > 0 {
      let onCycles = cyclesOfA.count { $0 > 0 } + cyclesOfB.count { $0 > 0 }
      result += Double(onCycles) / (Double(most) * larger)
    }
    return result
  }
}

/// Whether the ascending list has the value.
private func contains(_ list: [Int32], _ value: Int32) -> Bool {
  var (low, high) = (0, list.count)
  while low < high {
    let middle = (low + high) / 2
    if list[middle] < value { low = middle + 1 } else { high = middle }
  }
  return low < list.count && list[low] == value
}

/// The number of values that two ascending lists have in common.
private func countOfCommon(_ a: [Int32], _ b: [Int32]) -> Int {
  var (i, j, count) = (0, 0, 0)
  while i < a.count, j < b.count {
    if a[i] == b[j] { count += 1 }
    let (first, second) = (a[i], b[j])
    if first <= second { i += 1 }
    if second <= first { j += 1 }
  }
  return count
}

extension Graph {
  /// The balanced Forman curvature of each directed edge in the underlying undirected graph, see
  /// `UndirectedEdges.formanCurvature()`; NaN for an edge of `addedEdges` and for an edge from a node to
  /// itself.
  public func edgeFormanCurvature() -> [Double] {
    let edges = UndirectedEdges(self)
    return edges.byRow(edges.formanCurvature())
  }
}
