import OutcropGraph

/// Every column of types over all splits.
func typeColumns(
  _ dataset: GraphDataset, _ vocabularies: [Int], _ types: (Graph) -> IntegerFeatures?
) -> [DatasetDescription.Column] {
  var used = vocabularies.map { [Bool](repeating: false, count: $0) }
  var totals = [Int](repeating: 0, count: vocabularies.count)
  var rows = 0
  for split in GraphDataset.Split.allCases {
    for graph in dataset[split] {
      guard let features = types(graph) else { continue }
      rows += features.rows
      for column in 0..<min(features.columns, vocabularies.count) {
        used[column].withUnsafeMutableBufferPointer { used in
          features.values.withUnsafeBufferPointer { values in
            for place in stride(from: column, to: values.count, by: features.columns) {
              used[Int(values[place])] = true
              totals[column] += Int(values[place])
            }
          }
        }
      }
    }
  }
  return vocabularies.indices.map { column in
    DatasetDescription.Column(
      isType: true, vocabulary: vocabularies[column], usedValues: used[column].count { $0 },
      minimum: Double(used[column].firstIndex(of: true) ?? 0),
      maximum: Double(used[column].lastIndex(of: true) ?? 0),
      mean: rows == 0 ? 0 : Double(totals[column]) / Double(rows))
  }
}

/// Every column of attributes over all splits.
func attributeColumns(
  _ dataset: GraphDataset, _ attributes: (Graph) -> RealFeatures?
) -> [DatasetDescription.Column] {
  var (lowest, highest, totals): ([Float], [Float], [Double]) = ([], [], [])
  var rows = 0
  for split in GraphDataset.Split.allCases {
    for graph in dataset[split] {
      guard let features = attributes(graph) else { continue }
      if totals.isEmpty {
        lowest = Array(repeating: .infinity, count: features.columns)
        highest = Array(repeating: -.infinity, count: features.columns)
        totals = Array(repeating: 0, count: features.columns)
      }
      rows += features.rows
      for (place, value) in features.values.enumerated() {
        let column = place % features.columns
        lowest[column] = min(lowest[column], value)
        highest[column] = max(highest[column], value)
        totals[column] += Double(value)
      }
    }
  }
  return totals.indices.map { column in
    DatasetDescription.Column(
      isType: false, minimum: rows == 0 ? 0 : Double(lowest[column]),
      maximum: rows == 0 ? 0 : Double(highest[column]),
      mean: rows == 0 ? 0 : totals[column] / Double(rows))
  }
}
