import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropReport

/// An experiment on graphs whose edges were changed so that they carry less information: the same model is
/// trained on the original and on the changed graphs, and the massive activations of both are compared, each
/// with those of its untrained model.
public struct Ablation: Sendable {
  /// A change of the graphs. The two changes are different experiments; a result of one does not hold for the
  /// other.
  public enum Kind: String, Sendable, CaseIterable {
    /// The type of every directed edge is drawn anew, see `GraphDataset.relabelingEdges(seed:)`. This is the
    /// experiment of the program that was released with the paper.
    case relabel
    /// Edges of a new type are added at random, see `GraphDataset.addingMeaninglessEdges(fraction:seed:)`.
    case extra

    /// The name of the changed edges in labels of arms.
    var edges: String { self == .relabel ? "relabeled edges" : "extra edges" }

    /// The kind of the runs that are trained on changed graphs.
    var runs: StudyResults.Run.Kind { self == .relabel ? .relabeled : .ablated }
  }

  /// The model, training, seeds, folder and so on. Its arms are not used: `run` sets them.
  public var study: Study
  /// The changes. One result holds the models of all of them.
  public var kinds: [Kind] = [.extra]
  /// The number of extra edges, relative to the number of each graph's edges.
  public var fraction = 0.25
  /// The seed of extra edges and of new types.
  public var edgeSeed: UInt64 = 41
  /// Whether the model with the Explicit Bias Term is trained on changed graphs too.
  public var includesExplicitBias = false

  /// An ablation of the model and training of `study`.
  public init(_ study: Study) { self.study = study }

  /// Trains on the original and on the changed graphs with each seed. `model` returns the model for a data
  /// set: graphs with extra edges have one edge type more.
  ///
  /// Throws `InputError` if edges have no types, and for settings that `check()` rejects.
  public func run(
    on dataset: GraphDataset, modelFor model: (GraphDataset) throws -> any ModelArchitecture,
    observer: (any Study.Observer)? = nil
  ) throws -> StudyResults {
    try check()
    var plain = study
    plain.model = try model(dataset)
    plain.arms = [.base, .trained]
    let original = try dataset.prepared(for: plain.model)
    let changes = try kinds.map { kind in
      let changed = try change(dataset, kind)
      var other = study
      other.model = try model(changed)
      other.arms = [
        StudyArm(kind: .base, label: "untrained, \(kind.edges)", bias: nil),
        StudyArm(kind: kind.runs, label: "trained, \(kind.edges)", bias: nil),
      ]
      if includesExplicitBias {
        other.arms.append(
          StudyArm(kind: kind.runs, label: "with EBT, \(kind.edges)", bias: .fixed))
      }
      return (study: other, dataset: try changed.prepared(for: other.model))
    }
    // Everything is checked before a model is trained.
    try plain.check(on: original)
    for change in changes { try change.study.check(on: change.dataset) }
    var results = try plain.run(on: original, observer: observer)
    for (kind, change) in zip(kinds, changes) {
      let ablated = try change.study.run(on: change.dataset, observer: observer)
      results.runs += ablated.runs
      results.dynamics = results.measuredDynamics
      // The data set with the new type names all types.
      if kind == .extra { results.dataset = ablated.dataset }
      results.notes.append(note(kind))
    }
    results.experiment = .ablation
    return results
  }

  private func change(_ dataset: GraphDataset, _ kind: Kind) throws -> GraphDataset {
    let changed =
      switch kind {
      case .relabel: dataset.relabelingEdges(seed: edgeSeed)
      case .extra: dataset.addingMeaninglessEdges(fraction: fraction, seed: edgeSeed)
      }
    if let changed { return changed }
    throw InputError(
      file: dataset.name, field: "edge types", found: "none",
      expected: kind == .relabel
        ? "edges with types, which can be drawn anew"
        : "edges with types, to which a meaningless type can be added")
  }

  private func note(_ kind: Kind) -> String {
    switch kind {
    case .relabel:
      "Relabeled edges: the type of every directed edge is drawn uniformly from the types that occur (seed "
        + "\(edgeSeed)), in all splits; the two directions of an edge are drawn separately."
    case .extra:
      "Extra edges: \(fraction) times as many as a graph has, at random between unjoined nodes (seed "
        + "\(edgeSeed)), in all splits."
    }
  }
}
