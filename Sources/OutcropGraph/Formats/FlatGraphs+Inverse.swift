extension FlatGraphs {
  /// How many edges between different nodes have their inverse in the same graph, and how many
  /// don't.
  func inverseCounts() -> (with: Int, without: Int) {
    var (with, without) = (0, 0)
    var keys: [UInt64] = []
    for graph in 0..<count {
      let edges = edgeOffsets[graph]..<edgeOffsets[graph + 1]
      keys.removeAll(keepingCapacity: true)
      for edge in edges {
        keys.append(UInt64(sources[edge]) << 32 | UInt64(destinations[edge]))
      }
      keys.sort()
      for edge in edges where sources[edge] != destinations[edge] {
        let inverse = UInt64(destinations[edge]) << 32 | UInt64(sources[edge])
        var (low, high) = (0, keys.count)
        while low < high {
          let middle = (low + high) / 2
          if keys[middle] < inverse { low = middle + 1 } else { high = middle }
        }
        if low < keys.count, keys[low] == inverse { with += 1 } else { without += 1 }
      }
    }
    return (with, without)
  }

  /// Adds the inverse of every edge right behind it, with the same features.
  mutating func addInverseEdges() {
    let edgeCount = sources.count
    func interleaved(_ first: [Int32], _ second: [Int32]) -> [Int32] {
      [Int32](unsafeUninitializedCapacity: 2 * edgeCount) { result, count in
        for edge in 0..<edgeCount {
          result.initializeElement(at: 2 * edge, to: first[edge])
          result.initializeElement(at: 2 * edge + 1, to: second[edge])
        }
        count = 2 * edgeCount
      }
    }
    (sources, destinations) = (
      interleaved(sources, destinations), interleaved(destinations, sources)
    )
    edgeTypes = edgeTypes.map { twice($0) }
    edgeAttributes = edgeAttributes.map { twice($0) }
    for graph in edgeOffsets.indices { edgeOffsets[graph] *= 2 }
  }

  private func twice<Features: FeatureTable>(_ table: Features) -> Features {
    let (columns, values) = (table.columns, table.values)
    let doubled = [Features.Value](unsafeUninitializedCapacity: 2 * values.count) {
      result, count in
      values.withUnsafeBufferPointer { values in
        guard let from = values.baseAddress, let to = result.baseAddress else { return }
        for row in 0..<values.count / columns {
          (to + 2 * row * columns).initialize(from: from + row * columns, count: columns)
          (to + (2 * row + 1) * columns).initialize(from: from + row * columns, count: columns)
        }
      }
      count = 2 * values.count
    }
    return Features(values: doubled, columns: columns)
  }
}
