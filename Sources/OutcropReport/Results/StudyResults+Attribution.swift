extension StudyResults {
  /// Comparisons of one trained model's massive activations, by the row median, with other measures of edges,
  /// and how well each measure identifies the edges that determine the prediction.
  public struct Attribution: Codable, Sendable, Equatable {
    /// The model's ``Run/label`` and seed.
    public var label: String
    public var seed: UInt64?
    /// The number of graphs and of directed edges that were compared.
    public var graphs: Int
    public var edges: Int
    /// Rank correlations of an edge's largest ratio with other measures.
    public var correlations: [Correlation]
    /// The change of predictions without the edges that each measure picks.
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
    /// The layer of the ratios; nil for the largest ratio over all layers.
    public var layer: Int?
    /// The coefficient with an interval from resampled graphs; NaN if a measure is constant.
    public var coefficient: Estimate

    /// Creates the value from its fields.
    public init(measure: String, layer: Int? = nil, coefficient: Estimate) {
      self.measure = measure
      self.layer = layer
      self.coefficient = coefficient
    }
  }

  /// The change of predictions without the edges that rank highest by a measure, or with only these edges.
  public struct Fidelity: Codable, Sendable, Equatable {
    /// The measure that ranks the edges, e.g. `largest ratio` or `random`.
    public var measure: String
    /// Whether the lowest-ranking edges are picked instead.
    public var isReversed: Bool
    /// The share of each graph's undirected edges that is picked.
    public var fraction: Double
    /// The change without the picked edges (fid+), and with only these edges (fid−). For classes it is
    /// the share of predictions that change, for numbers the mean absolute change.
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
