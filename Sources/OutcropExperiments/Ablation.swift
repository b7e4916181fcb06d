import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropReport

/// The massive activations of graphs with meaningless extra edges: the same model trained on the
/// graphs as they are and on graphs with random extra edges of a new type, each beside its
/// untrained model.
public struct Ablation: Sendable {
  /// Model, training, seeds, folder and so on; its arms are set here.
  public var study: Study
  /// Extra edges as a share of each graph's own.
  public var fraction = 0.25
  /// Places the extra edges.
  public var edgeSeed: UInt64 = 41
  /// Whether the model with the Explicit Bias Term is ablated too.
  public var includesExplicitBias = false

  public init(_ study: Study) { self.study = study }

  /// Runs both trainings for each seed. `model` gives the model for either
  /// data set: that of the changed graphs knows one edge type more.
  ///
  /// Throws `InputError` where edges have no types.
  public func run(
    on dataset: GraphDataset, modelFor model: (GraphDataset) throws -> any ModelArchitecture,
    observer: (any Study.Observer)? = nil
  ) throws -> StudyResults {
    try check()
    guard let changed = dataset.addingMeaninglessEdges(fraction: fraction, seed: edgeSeed) else {
      throw InputError(
        file: dataset.name, field: "edge types", found: "none",
        expected: "edges with types, to which a meaningless type can be added")
    }
    var plain = study
    plain.model = try model(dataset)
    plain.arms = [.base, .trained]
    var other = study
    other.model = try model(changed)
    other.arms = [
      StudyArm(kind: .base, label: "untrained, extra edges", bias: nil),
      StudyArm(kind: .ablated, label: "trained, extra edges", bias: nil),
    ]
    if includesExplicitBias {
      other.arms.append(StudyArm(kind: .ablated, label: "with EBT, extra edges", bias: .fixed))
    }
    // Both are checked before either is trained.
    let (first, second) = (
      try dataset.prepared(for: plain.model), try changed.prepared(for: other.model)
    )
    try plain.check(on: first)
    try other.check(on: second)
    var results = try plain.run(on: first, observer: observer)
    let ablated = try other.run(on: second, observer: observer)
    results.runs += ablated.runs
    results.dataset = ablated.dataset
    results.experiment = .ablation
    results.notes.append(
      "Extra edges: \(fraction) times as many as a graph has, at random between unjoined nodes "
        + "(seed \(edgeSeed)), in all splits.")
    return results
  }
}
