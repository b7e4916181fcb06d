import OutcropStatistics

extension StudyResults {
  /// A kind of recorded activation of a layer.
  public enum ActivationKind: String, Sendable, CaseIterable {
    /// Attention scores, one row per directed edge.
    case edge
    /// Aggregated messages, one row per node.
    case node
  }

  /// A kind of ratios of a layer: the kind of activation, and the median that it is divided by.
  public struct RatioKind: Sendable, Hashable {
    /// The activations whose magnitudes are divided.
    public var activations: ActivationKind
    /// The median that they are divided by.
    public var median: MedianKind

    /// Creates the value from its fields.
    public init(_ activations: ActivationKind, by median: MedianKind) {
      self.activations = activations
      self.median = median
    }

    /// Ratios of edge activations.
    public static func edge(_ median: MedianKind) -> Self { Self(.edge, by: median) }

    /// Ratios of node activations.
    public static func node(_ median: MedianKind) -> Self { Self(.node, by: median) }
  }
}

extension StudyResults {
  /// A type with a value for each median.
  public protocol ValuesByMedian {
    /// What is known by each median.
    associatedtype Value
    /// The value by the median of each row; nil when only the batch median was asked for.
    var rowMedian: Value? { get set }
    /// The value by the median of each batch; nil when only the row median was asked for.
    var batchMedian: Value? { get set }
  }
}

extension StudyResults.ValuesByMedian {
  /// The value by one median.
  public subscript(median: MedianKind) -> Value? {
    get {
      switch median {
      case .row: rowMedian
      case .batch: batchMedian
      }
    }
    set {
      switch median {
      case .row: rowMedian = newValue
      case .batch: batchMedian = newValue
      }
    }
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

  /// The statistics of the layer's ratios of one kind.
  public subscript(kind: StudyResults.RatioKind) -> StudyResults.RatioStatistics? {
    self[kind.activations]?[kind.median]
  }
}

extension StudyResults.Run {
  /// Layers with at least one massive activation of a kind.
  func massiveLayers(_ kind: StudyResults.RatioKind) -> [StudyResults.Layer] {
    layers.filter { ($0[kind]?.massiveCount ?? 0) > 0 }
  }

  /// Massive activations of a kind in all layers.
  func massiveCount(_ kind: StudyResults.RatioKind) -> Int {
    layers.reduce(0) { $0 + ($1[kind]?.massiveCount ?? 0) }
  }

  /// The layer with the largest ratio of a kind; the first one in case of ties.
  func peakLayer(_ kind: StudyResults.RatioKind) -> StudyResults.Layer? {
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

  /// Whether any layer has ratios of a kind.
  func has(_ kind: StudyResults.RatioKind) -> Bool { layers.contains { $0[kind] != nil } }
}

extension StudyResults {
  /// The untrained run that other runs are compared with.
  public var baseRun: Run? { runs.first { $0.kind == .base } }
}
