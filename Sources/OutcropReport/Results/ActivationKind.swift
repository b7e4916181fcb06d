extension StudyResults {
  /// Which of a layer's recorded activations is meant.
  public enum ActivationKind: String, Sendable, CaseIterable {
    /// Attention scores, one row per directed edge.
    case edge
    /// Aggregated messages, one row per node.
    case node
  }
}

extension StudyResults.Layer {
  /// The layer's activations of one kind.
  public subscript(kind: StudyResults.ActivationKind) -> StudyResults.Activations? {
    switch kind {
    case .edge: edge
    case .node: node
    }
  }
}

extension StudyResults.Run {
  /// Layers with at least one massive activation of a kind.
  func massiveLayers(_ kind: StudyResults.ActivationKind) -> [StudyResults.Layer] {
    layers.filter { ($0[kind]?.massiveCount ?? 0) > 0 }
  }

  /// Massive activations of a kind in all layers.
  func massiveCount(_ kind: StudyResults.ActivationKind) -> Int {
    layers.reduce(0) { $0 + ($1[kind]?.massiveCount ?? 0) }
  }

  /// The layer with the largest ratio of a kind; the first of equals.
  func peakLayer(_ kind: StudyResults.ActivationKind) -> StudyResults.Layer? {
    var best: StudyResults.Layer?
    var largest = -Double.infinity
    for layer in layers {
      guard let ratio = layer[kind]?.largestRatio, !ratio.isNaN else { continue }
      if best == nil || ratio > largest { (best, largest) = (layer, ratio) }
    }
    return best
  }

  /// Whether any layer has activations of a kind.
  func has(_ kind: StudyResults.ActivationKind) -> Bool { layers.contains { $0[kind] != nil } }
}

extension StudyResults {
  /// The untrained run that others are compared with.
  public var baseRun: Run? { runs.first { $0.kind == .base } }
}
