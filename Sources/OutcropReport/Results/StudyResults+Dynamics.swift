import OutcropStatistics

extension StudyResults {
  /// The part of training in which a layer holds massive activations in most looks, over the seeds of one arm.
  ///
  /// A *look* is an entry of ``Run/followed``: the activations after one epoch, epoch 0 being the untrained model.
  /// A run's *span* is, of all sequences of consecutive looks that begin and end with a look in which the layer
  /// holds at least one massive activation, and in which more than half of the looks hold one, the one with the
  /// most looks; of several, the first. Its first epoch is the onset, its last epoch the end. A run in which no
  /// look holds any has no span. Epochs between two looks are not known: onset and end are right to within the
  /// distance of the looks.
  public struct Dynamics: Codable, Sendable, Equatable {
    /// The ``Run/label`` of the runs.
    public var label: String
    /// The median that ratios are taken over.
    public var median: MedianKind
    /// nil for any layer: a look holds massive activations if one of its layers does.
    public var layer: Int?
    /// The number of runs with at least two looks.
    public var runs: Int
    /// The spans of the runs that have one, in the order of the results.
    public var spans: [MassiveSpan]
    /// The onset over these runs; nil without a span.
    public var onset: EpochSpread?
    /// The end over these runs; nil without a span.
    public var end: EpochSpread?
    /// The number of runs whose span ends with the last look: massive activations may go on after it.
    public var lasting: Int

    /// Creates the value from the spans.
    public init(
      label: String, median: MedianKind, layer: Int?, runs: Int, spans: [MassiveSpan]
    ) {
      (self.label, self.median, self.layer) = (label, median, layer)
      (self.runs, self.spans) = (runs, spans)
      onset = EpochSpread(spans.map(\.onset))
      end = EpochSpread(spans.map(\.end))
      lasting = spans.count { $0.lasts }
    }
  }

  /// The span of one run, see ``Dynamics``.
  public struct MassiveSpan: Codable, Sendable, Equatable {
    /// The run's seed; nil if unknown.
    public var seed: UInt64?
    /// The first and the last epoch of the span.
    public var onset: Int
    public var end: Int
    /// The number of looks in the span, and of those that hold massive activations.
    public var looks: Int
    public var massiveLooks: Int
    /// Whether the span ends with the run's last look.
    public var lasts: Bool

    /// Creates the value from its fields.
    public init(
      seed: UInt64? = nil, onset: Int, end: Int, looks: Int, massiveLooks: Int, lasts: Bool
    ) {
      self.seed = seed
      self.onset = onset
      self.end = end
      self.looks = looks
      self.massiveLooks = massiveLooks
      self.lasts = lasts
    }

    /// The span of a run's looks, of which `isMassive` says whether they hold massive activations; nil if none
    /// does. `epochs` has the epoch of each look, ascending.
    public init?(epochs: [Int], isMassive: [Bool], seed: UInt64? = nil) {
      guard epochs.count == isMassive.count else { return nil }
      let massive = isMassive.indices.filter { isMassive[$0] }
      var best: (first: Int, last: Int, count: Int)?
      for (rank, first) in massive.enumerated() {
        // From the far end: the first that is long enough is the longest from here.
        for other in stride(from: massive.count - 1, through: rank, by: -1) {
          let (length, count) = (massive[other] - first + 1, other - rank + 1)
          if let best, length <= best.last - best.first + 1 { break }
          if 2 * count > length {
            best = (first, massive[other], count)
            break
          }
        }
      }
      guard let best else { return nil }
      self.init(
        seed: seed, onset: epochs[best.first], end: epochs[best.last],
        looks: best.last - best.first + 1, massiveLooks: best.count,
        lasts: best.last == epochs.count - 1)
    }
  }

  /// An epoch over several runs.
  public struct EpochSpread: Codable, Sendable, Equatable {
    /// The mean.
    public var mean: Double
    /// The sample standard deviation; nil for one run.
    public var deviation: Double?
    /// The extremes.
    public var smallest: Int
    public var largest: Int

    /// nil without values.
    public init?(_ epochs: [Int]) {
      let spread = Spread(epochs.map { Double($0) })
      guard let mean = spread.mean, let smallest = epochs.min(), let largest = epochs.max() else {
        return nil
      }
      (self.mean, deviation) = (mean, spread.deviation)
      (self.smallest, self.largest) = (smallest, largest)
    }
  }

  /// The dynamics of every arm whose runs were followed, for each median: first of any layer, then layer by layer;
  /// nil if no run was followed.
  package var measuredDynamics: [Dynamics]? {
    let found = arms.flatMap { arm in medians.flatMap { arm.dynamics(by: $0) } }
    return found.isEmpty ? nil : found
  }
}

extension StudyResults.Arm {
  /// The dynamics of any layer and of each layer; empty unless a run was followed.
  func dynamics(by median: MedianKind) -> [StudyResults.Dynamics] {
    let followed = runs.filter { $0.followed.count > 1 }
    let layers = Set(
      followed.flatMap(\.followed).flatMap(\.layers).filter { $0[median] != nil }.map(\.index)
    ).sorted()
    if layers.isEmpty { return [] }
    return ([nil] + layers.map { Optional($0) }).map { layer in
      StudyResults.Dynamics(
        label: label, median: median, layer: layer, runs: followed.count,
        spans: followed.compactMap { $0.span(by: median, layer: layer) })
    }
  }
}

extension StudyResults.Run {
  /// The span of a layer, or of any layer.
  func span(
    by median: MedianKind, layer: Int?
  ) -> StudyResults.MassiveSpan? {
    StudyResults.MassiveSpan(
      epochs: followed.map(\.epoch),
      isMassive: followed.map { look in
        look.layers.contains {
          (layer == nil || $0.index == layer) && ($0[median]?.massiveCount ?? 0) > 0
        }
      }, seed: seed)
  }
}
