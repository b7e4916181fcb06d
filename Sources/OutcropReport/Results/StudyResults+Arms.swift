extension StudyResults {
  /// Runs that differ only in their seed: one kind of model in the comparison.
  public struct Arm: Sendable, Equatable {
    /// The role of the runs in the comparison, and their label.
    public var kind: Run.Kind
    public var label: String
    /// The runs, in the order of the results.
    public var runs: [Run]
    /// For each run, the untrained run that it is compared with; nil if there is none.
    public var bases: [Run?]
    /// All untrained runs that `runs` can be compared with. With seeds these are the runs of `bases`; of files,
    /// which have no seed, all untrained ones.
    public var untrained: [Run] = []

    /// The run that is shown in detail.
    public var first: Run { runs[0] }
  }

  /// The runs grouped by kind and label, in order of appearance. Runs without a
  /// seed, or with a seed that their arm already has, are separate arms.
  public var arms: [Arm] {
    var arms: [Arm] = []
    for index in runs.indices {
      let run = runs[index]
      let known = arms.firstIndex { arm in
        arm.kind == run.kind && arm.label == run.label && run.seed != nil
          && arm.first.seed != nil && !arm.runs.contains { $0.seed == run.seed }
      }
      if let known {
        arms[known].runs.append(run)
        arms[known].bases.append(base(ofRunAt: index))
        arms[known].untrained += untrained(ofRunAt: index)
      } else {
        arms.append(
          Arm(
            kind: run.kind, label: run.label, runs: [run], bases: [base(ofRunAt: index)],
            untrained: untrained(ofRunAt: index)))
      }
    }
    return arms
  }

  /// The untrained run that a run is compared with: the nearest one before it with the same seed. Of several
  /// untrained runs without a seed, which are files, it is the first. nil for untrained runs.
  public func base(ofRunAt index: Int) -> Run? {
    let run = runs[index]
    guard run.kind != .base else { return nil }
    func isBase(_ other: Run) -> Bool { other.kind == .base && other.seed == run.seed }
    return run.seed == nil
      ? runs[..<index].first(where: isBase) : runs[..<index].last(where: isBase)
  }

  private func untrained(ofRunAt index: Int) -> [Run] {
    guard runs[index].kind != .base else { return [] }
    if runs[index].seed != nil { return [base(ofRunAt: index)].compactMap(\.self) }
    return runs[..<index].filter { $0.kind == .base && $0.seed == nil }
  }
}

extension StudyResults.Arm {
  /// A value of every run for which it is known.
  func spread(_ value: (StudyResults.Run) -> Double?) -> Spread { Spread(runs.map(value)) }

  /// A value of one layer in every run for which it is known.
  func spread(
    layer: Int, _ kind: StudyResults.RatioKind,
    _ value: (StudyResults.RatioStatistics) -> Double?
  ) -> Spread {
    spread { $0.layer(layer)?[kind].flatMap(value) }
  }

  /// The same value in the untrained runs.
  func baseSpread(
    layer: Int, _ kind: StudyResults.RatioKind,
    _ value: (StudyResults.RatioStatistics) -> Double?
  ) -> Spread {
    Spread(bases.map { $0?.layer(layer)?[kind].flatMap(value) })
  }

  /// The layers that at least one run observed, ascending.
  func layers(_ kind: StudyResults.ActivationKind) -> [Int] {
    Set(runs.flatMap { $0.layers.filter { $0[kind] != nil }.map(\.index) }).sorted()
  }

  func has(_ kind: StudyResults.ActivationKind) -> Bool { runs.contains { $0.has(kind) } }

  func has(_ kind: StudyResults.RatioKind) -> Bool { runs.contains { $0.has(kind) } }

  /// Whether any run has massive activations of a kind.
  func hasMassive(_ kind: StudyResults.RatioKind) -> Bool { (massive(kind).largest ?? 0) > 0 }

  /// Whether any run was compared with an untrained one.
  var hasBase: Bool { bases.contains { $0 != nil } }

  /// The number of epochs, if it is the same for all runs.
  var epochs: Int? {
    let all = Set(runs.map(\.epochs))
    return all.count == 1 ? all.first! : nil
  }

  /// The number of massive activations over all layers; nil if nothing was observed.
  func massive(_ kind: StudyResults.RatioKind) -> Spread {
    spread { $0.has(kind) ? Double($0.massiveCount(kind)) : nil }
  }

  /// The number of layers with massive activations.
  func massiveLayers(_ kind: StudyResults.RatioKind) -> Spread {
    spread { $0.has(kind) ? Double($0.massiveLayers(kind).count) : nil }
  }

  /// The largest ratio of all layers.
  func largestRatio(_ kind: StudyResults.RatioKind) -> Spread {
    spread { $0.peakLayer(kind)?[kind]?.largestRatio }
  }

  /// The score on the test split.
  var testMetric: Spread { spread { $0.testMetric?.value } }

  /// The displayed name of a run, with its seed if there are several.
  func name(of run: StudyResults.Run) -> String {
    guard runs.count > 1, let seed = run.seed else { return run.label }
    return "\(run.label), seed \(seed)"
  }
}

extension StudyResults.Run {
  /// The layer of this number.
  func layer(_ index: Int) -> StudyResults.Layer? { layers.first { $0.index == index } }
}
