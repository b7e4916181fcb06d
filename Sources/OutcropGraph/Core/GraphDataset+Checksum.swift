import OutcropCore

/// A digest of structure, features and labels: every array with its length.
func contentChecksum(_ splits: [[Graph]]) -> String {
  var digest = XXHash64()
  func add(_ numbers: [Int32]) {
    digest.add(numbers.count)
    digest.add(numbers)
  }
  func add(_ numbers: [Float]) {
    digest.add(numbers.count)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: min(numbers.count, 1024)) { bits in
      numbers.withUnsafeBufferPointer { numbers in
        for start in stride(from: 0, to: numbers.count, by: 1024) {
          let count = min(1024, numbers.count - start)
          for index in 0..<count {
            // Every NaN bit pattern means a missing label and has the same digest.
            let number = numbers[start + index]
            bits[index] = number == number ? number.bitPattern : 0x7fc0_0000
          }
          digest.add(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bits)[..<(4 * count)]))
        }
      }
    }
  }
  for graphs in splits {
    digest.add(graphs.count)
    // By index, because a copy of a graph would retain all its arrays.
    for index in graphs.indices {
      digest.add(graphs[index].nodeCount)
      add(graphs[index].sources)
      add(graphs[index].destinations)
      digest.add(graphs[index].nodeTypes?.columns ?? 0)
      if let types = graphs[index].nodeTypes { add(types.values) }
      digest.add(graphs[index].edgeTypes?.columns ?? 0)
      if let types = graphs[index].edgeTypes { add(types.values) }
      digest.add(graphs[index].nodeAttributes?.columns ?? 0)
      if let attributes = graphs[index].nodeAttributes { add(attributes.values) }
      digest.add(graphs[index].edgeAttributes?.columns ?? 0)
      if let attributes = graphs[index].edgeAttributes { add(attributes.values) }
      add(graphs[index].targets)
    }
  }
  return digest.finishHexadecimal()
}
