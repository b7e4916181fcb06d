import OutcropCore

/// Massive activations as curves over the threshold.
public struct ThresholdSweep: Sendable, Equatable, Codable {
  /// One threshold.
  public struct Point: Sendable, Equatable, Codable {
    public var threshold: Float
    /// Entries above it, infinite ones included, and finite ones alone.
    public var entries: Int
    public var finiteEntries: Int
    /// Rows with an entry above it.
    public var rows: Int
    /// `entries` over all values.
    public var entryShare: Double
    /// `rows` over all rows.
    public var rowShare: Double
  }

  /// One edge type's part at each threshold.
  public struct TypeCurve: Sendable, Equatable, Codable {
    public var type: Int
    /// The type's rows over all rows with a type.
    public var edgeShare: Double
    /// Entries and rows of this type above each threshold.
    public var entries: [Int]
    public var rows: [Int]
    /// `entries` over those of all types; nil where there are none.
    public var massiveShares: [Double?]
  }

  public var scope: MedianScope
  public var points: [Point]
  /// In ascending order of type; empty without edge types.
  public var types: [TypeCurve]

  /// The curves over a summary's thresholds.
  public init(_ summary: ActivationSummary, _ scope: MedianScope) {
    func share(_ part: Int, _ whole: Int) -> Double {
      whole == 0 ? 0 : Double(part) / Double(whole)
    }
    self.scope = scope
    points = summary.counts(scope).map {
      Point(
        threshold: $0.threshold, entries: $0.entries, finiteEntries: $0.finiteEntries,
        rows: $0.rows, entryShare: share($0.entries, summary.valueCount),
        rowShare: share($0.rows, summary.rowCount))
    }
    let counts = summary[scope].types.map { ($0, summary.counts(ofType: $0.type, scope)) }
    let edges = counts.reduce(0) { $0 + $1.0.rowCount }
    let totals = points.indices.map { index in counts.reduce(0) { $0 + $1.1[index].entries } }
    types = counts.map { type, counts in
      TypeCurve(
        type: type.type, edgeShare: share(type.rowCount, edges), entries: counts.map(\.entries),
        rows: counts.map(\.rows),
        massiveShares: counts.indices.map {
          totals[$0] == 0 ? nil : share(counts[$0].entries, totals[$0])
        })
    }
  }

  /// How many of `sweeps`, one for each layer, have an entry above each threshold. All sweeps have
  /// the same thresholds; anything else is a programmer's mistake and traps.
  public static func massiveLayerCounts(
    _ sweeps: [ThresholdSweep]
  ) -> [(threshold: Float, layers: Int)] {
    guard let first = sweeps.first else { return [] }
    let thresholds = first.points.map(\.threshold)
    for sweep in sweeps {
      let found = sweep.points.map(\.threshold)
      require(
        found == thresholds,
        "ThresholdSweep.massiveLayerCounts: thresholds \(found), expected \(thresholds)")
    }
    return thresholds.indices.map { index in
      (thresholds[index], sweeps.count { $0.points[index].entries > 0 })
    }
  }
}
