extension StudyResults {
  /// Comparisons of one trained model's massive activations, by the row median, with other measures of
  /// edges, and how well each
  /// measure finds the edges that decide the prediction.
  public struct Attribution: Codable, Sendable, Equatable {
    /// The model's ``Run/label`` and seed.
    public var label: String
    public var seed: UInt64?
    /// Graphs and directed edges compared.
    public var graphs: Int
    public var edges: Int
    /// Rank correlations of an edge's largest ratio with other measures.
    public var correlations: [Correlation]
    /// How much predictions change without the edges that each measure picks.
    public var fidelities: [Fidelity]
    /// The graphs with the most massive activations; scores are an edge's largest ratio in either direction.
    public var drawings: [MoleculeDrawing]

    /// Creates the value from its fields.
    public init(
      label: String, seed: UInt64?, graphs: Int, edges: Int, correlations: [Correlation] = [],
      fidelities: [Fidelity] = [], drawings: [MoleculeDrawing] = []
    ) {
      self.label = label
      self.seed = seed
      self.graphs = graphs
      self.edges = edges
      self.correlations = correlations
      self.fidelities = fidelities
      self.drawings = drawings
    }
  }

  /// Spearman's rank correlation of an edge's score with another measure of edges.
  public struct Correlation: Codable, Sendable, Equatable {
    /// E.g. `edge betweenness`.
    public var measure: String
    /// The layer whose ratios were taken; nil for the largest over all layers.
    public var layer: Int?
    /// The coefficient with an interval from resampled graphs; NaN where a measure is constant.
    public var coefficient: Estimate

    /// Creates the value from its fields.
    public init(measure: String, layer: Int? = nil, coefficient: Estimate) {
      self.measure = measure
      self.layer = layer
      self.coefficient = coefficient
    }
  }

  /// The change of predictions when the edges that rank highest by a measure are removed, or they alone
  /// are kept.
  public struct Fidelity: Codable, Sendable, Equatable {
    /// What ranks the edges, e.g. `largest ratio` or `random`.
    public var measure: String
    /// Whether the lowest-ranking edges are meant instead.
    public var isReversed: Bool
    /// The share of each graph's undirected edges that is picked.
    public var fraction: Double
    /// Change without the picked edges (fid+), and with them alone (fid−): for classes the share of
    /// predictions that change, for numbers the mean absolute change.
    public var removed: Double
    public var kept: Double
    /// Standard deviations over draws of random edges; nil for other measures.
    public var removedDeviation: Double?
    public var keptDeviation: Double?

    /// Creates the value from its fields.
    public init(
      measure: String, isReversed: Bool = false, fraction: Double, removed: Double, kept: Double,
      removedDeviation: Double? = nil, keptDeviation: Double? = nil
    ) {
      self.measure = measure
      self.isReversed = isReversed
      self.fraction = fraction
      self.removed = removed
      self.kept = kept
      self.removedDeviation = removedDeviation
      self.keptDeviation = keptDeviation
    }
  }
}
