/// Whether the graphs of a data set fit together.
extension GraphDataset {
  /// An inconsistency in a graph.
  struct Problem {
    var field, found, expected: String
  }

  /// Names that fit neither the kinds nor the types of edges.
  var problemOfNames: Problem? {
    guard let names = edgeTypeNames?.count,
      !EdgeKinds.canHaveNames(names, vocabularies: edgeVocabularies)
    else { return nil }
    return Problem(field: "edgeTypeNames", found: "\(names) names", expected: "\(edgeKinds.count)")
  }

  /// The first inconsistency, in the order of the graphs.
  var problem: Problem? {
    if let problemOfNames { return problemOfNames }
    let first = train.first ?? validation.first ?? test.first
    for split in Split.allCases {
      for (index, graph) in self[split].enumerated() {
        if var problem = problem(with: graph, first!) {
          problem.field = "\(split.rawValue) graph \(index): \(problem.field)"
          return problem
        }
      }
    }
    return nil
  }

  private func problem(with graph: Graph, _ first: Graph) -> Problem? {
    if let problem = graph.misfit {
      return Problem(field: problem.field, found: problem.found, expected: problem.expected)
    }
    func columns(_ count: Int?) -> String { count.map { "\($0) columns" } ?? "none" }
    for (field, found, expected) in [
      ("nodeTypes", graph.nodeTypes?.columns, first.nodeTypes?.columns),
      ("nodeAttributes", graph.nodeAttributes?.columns, first.nodeAttributes?.columns),
      ("edgeTypes", graph.edgeTypes?.columns, first.edgeTypes?.columns),
      ("edgeAttributes", graph.edgeAttributes?.columns, first.edgeAttributes?.columns),
    ] where found != expected {
      return Problem(field: field, found: columns(found), expected: columns(expected))
    }
    if graph.targets.count != targetCount {
      return Problem(
        field: "targets", found: "\(graph.targets.count) labels", expected: "\(targetCount)")
    }
    for (field, types, vocabularies) in [
      ("nodeTypes", graph.nodeTypes, nodeVocabularies),
      ("edgeTypes", graph.edgeTypes, edgeVocabularies),
    ] {
      guard let types else { continue }
      if types.columns != vocabularies.count {
        return Problem(
          field: field, found: "\(types.columns) columns", expected: "\(vocabularies.count)")
      }
      if let (row, column) = types.firstOutside(vocabularies) {
        return Problem(
          field: field, found: "type \(types[row, column])",
          expected: "0 ..< \(vocabularies[column])")
      }
    }
    if case .classification(let classCount) = task {
      for label in graph.targets
      where !label.isNaN && (label < 0 || label >= Float(classCount) || label != label.rounded()) {
        return Problem(field: "targets", found: "class \(label)", expected: "0 ..< \(classCount)")
      }
    }
    return nil
  }
}

extension IntegerFeatures {
  /// The first value, row by row, that is outside its column's vocabulary.
  package func firstOutside(_ vocabularies: [Int]) -> (row: Int, column: Int)? {
    let columns = self.columns
    let limits = vocabularies.map { UInt32(clamping: $0) }
    return values.withUnsafeBufferPointer { values in
      limits.withUnsafeBufferPointer { limits in
        guard let start = values.baseAddress else { return nil }
        for row in 0..<values.count / columns {
          let types = start + row * columns
          // As unsigned integers, negative numbers are large.
          var isOutside = false
          for column in 0..<columns {
            isOutside = (UInt32(bitPattern: types[column]) >= limits[column]) || isOutside
          }
          if isOutside {
            return (row, (0..<columns).first { UInt32(bitPattern: types[$0]) >= limits[$0] }!)
          }
        }
        return nil
      }
    }
  }
}
