import OutcropCore
import OutcropGraph

extension GoldenFile {
  /// The stored batch: whole graphs, or blocks of sampled neighbors.
  func batch() throws -> GraphBatch {
    do {
      return file.contains("graph/block0/src") ? try blocks() : try graphs()
    } catch let error as InputError where error.file == InputError.graphBatch {
      throw InputError(
        .shape, file: file.path, found: "a graph where \(error.found)",
        expected: "consistent arrays")
    }
  }

  private func graphs() throws -> GraphBatch {
    var attributes = GraphAttributes()
    attributes[.laplacianEigenvectors] = try real("lap_pos_enc")
    attributes[.weisfeilerLehmanRoles] = try features("wl_pos_enc")
    attributes[.laplacianSpectrum] = try spectrum()
    attributes[.diffusionWeights] = try real("k_RW")
    if file.contains("graph/edge_real") {
      attributes[.addedEdges] = IntegerFeatures(
        values: try integers("edge_real").map { $0 == 0 ? 1 : 0 })
    }
    return try GraphBatch(
      nodeCounts: integers("num_nodes"), sources: integers("src"),
      destinations: integers("dst"), nodeTypes: features("node_feat"),
      edgeTypes: features("edge_feat"), targets: labels(), targetCount: columns("labels"),
      attributes: attributes)
  }

  private func blocks() throws -> GraphBatch {
    var blocks: [GraphBatch.Block] = []
    while file.contains("graph/block\(blocks.count)/src") {
      let name = "block\(blocks.count)"
      let counts = try integers("\(name)/num_src_dst")
      let (sources, destinations) = try (integers("\(name)/src"), integers("\(name)/dst"))
      guard counts.count == 2, counts.allSatisfy({ $0 >= 0 }), sources.count == destinations.count,
        sources.allSatisfy({ (0..<counts[0]).contains($0) }),
        destinations.allSatisfy({ (0..<counts[1]).contains($0) })
      else {
        throw InputError(
          file: file.path, found: "edges of `graph/\(name)` outside its lists of nodes",
          expected: "as many src as dst, below the two numbers of num_src_dst")
      }
      let edges = EdgeIndex(
        sources: sources, destinations: destinations, sourceCount: Int(counts[0]),
        destinationCount: Int(counts[1]))
      let attributes = try real("\(name)/edge_feat")
      if let rows = attributes?.rows, rows != edges.edgeCount {
        throw InputError(
          file: file.path, found: "\(rows) rows in `graph/\(name)/edge_feat`",
          expected: "\(edges.edgeCount), one for each edge")
      }
      blocks.append(
        GraphBatch.Block(edges: edges, edgeAttributes: attributes?.rows(edges.originalOrder)))
    }
    return try GraphBatch(
      blocks: blocks, nodeTypes: features("species"), targets: labels(),
      targetCount: columns("labels"))
  }

  private func labels() throws -> [Float] {
    var labels = try file.floats("graph/labels")
    if file.contains("graph/label_mask") {
      let mask = try file.doubles("graph/label_mask", .rounding)
      if mask.count != labels.count {
        throw InputError(
          file: file.path, found: "\(mask.count) values in `graph/label_mask`",
          expected: "\(labels.count), one for each label")
      }
      for (index, present) in mask.enumerated() where present == 0 { labels[index] = .nan }
    }
    return labels
  }

  /// Eigenvectors and eigenvalues, concatenated by columns.
  private func spectrum() throws -> RealFeatures? {
    guard let vectors = try real("eig_vecs") else { return nil }
    let values = try file.floats("graph/eig_vals")
    guard values.count == vectors.values.count else {
      throw InputError(
        file: file.path, found: "\(values.count) numbers in `graph/eig_vals`",
        expected: "\(vectors.values.count), as many as in `graph/eig_vecs`")
    }
    let m = vectors.columns
    var both: [Float] = []
    for row in 0..<vectors.rows {
      both += vectors.values[row * m..<(row + 1) * m]
      both += values[row * m..<(row + 1) * m]
    }
    return RealFeatures(values: both, columns: 2 * m)
  }

  private func integers(_ name: String) throws -> [Int32] {
    try file.integers("graph/\(name)").map { value in
      guard let small = Int32(exactly: value) else {
        throw InputError(
          file: file.path, found: "\(value) in `graph/\(name)`", expected: "at most 32 bits")
      }
      return small
    }
  }

  private func columns(_ name: String) throws -> Int {
    let shape = try file.entry("graph/\(name)").shape
    guard (1...2).contains(shape.count), shape.count == 1 || shape[1] > 0 else {
      throw InputError(
        file: file.path, found: "`graph/\(name)` of shape \(shape)",
        expected: "[rows] or [rows, columns]")
    }
    return shape.count == 2 ? shape[1] : 1
  }

  private func features(_ name: String) throws -> IntegerFeatures? {
    guard file.contains("graph/\(name)") else { return nil }
    return try IntegerFeatures(values: integers(name), columns: columns(name))
  }

  private func real(_ name: String) throws -> RealFeatures? {
    guard file.contains("graph/\(name)") else { return nil }
    return try RealFeatures(values: file.floats("graph/\(name)"), columns: columns(name))
  }
}
