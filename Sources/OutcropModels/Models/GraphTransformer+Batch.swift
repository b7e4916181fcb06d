import OutcropGraph

extension GraphTransformer {
  public func problem(with batch: GraphBatch) -> String? {
    if batch.graphCount == 0 { return "a batch without graphs" }
    if let problem = types("node", batch.nodeTypes, configuration.nodeTypeCount) { return problem }
    if configuration.usesEdgeFeatures,
      let problem = types("edge", batch.edgeTypes, configuration.edgeTypeCount)
    {
      return problem
    }
    let eigenvectors = batch.laplacianEncoding?.columns ?? 0
    if configuration.usesLaplacianEncoding, eigenvectors != configuration.encodingWidth {
      return "\(eigenvectors) Laplacian eigenvectors where the model takes "
        + "\(configuration.encodingWidth)"
    }
    if configuration.usesWeisfeilerLehmanEncoding {
      guard let roles = batch.weisfeilerLehmanRoles else { return "no Weisfeiler-Lehman roles" }
      return outside("Weisfeiler-Lehman role", roles, configuration.roleCount)
    }
    return nil
  }

  private func types(_ name: String, _ features: IntegerFeatures?, _ count: Int) -> String? {
    guard let features else { return "no \(name) types" }
    if features.columns != 1 {
      return "\(features.columns) types of each \(name) where the model takes one"
    }
    return outside("\(name) type", features.values, count)
  }

  private func outside(_ name: String, _ values: [Int32], _ count: Int) -> String? {
    values.first { !(0..<count).contains(Int($0)) }
      .map { "\(name) \($0) where the model knows 0 ... \(count - 1)" }
  }
}
