import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport
import OutcropStatistics

/// What a trained model's massive edge activations do: its predictions with the massive entries of a layer's
/// scores changed before the layer uses them, beside as many other entries changed in the same way.
///
/// The scores are the recorded edge activations (`ActivationKind.edge`). Entries that become massive because an
/// earlier layer was changed are changed too where all layers are. The model is frozen and in evaluation mode.
/// Works for every model that offers its scores with `ForwardContext.passThrough`, as the layers of this package
/// do.
public struct Intervention: Sendable {
  /// What entries become. A layer is called after the first one.
  public var kinds = InterventionKind.allCases
  /// The layers that are changed one by one; nil for all with massive entries.
  public var layers: [Int]?
  /// Whether all layers are changed together too.
  public var changesAllLayers = true
  /// Draws of each random control.
  public var draws = 20
  /// Resamples of the intervals; 0 for no intervals.
  public var resamples = 1000
  /// The seed of controls and resamples.
  public var seed: UInt64 = 41
  /// The most examples, from the first on; nil for all.
  public var exampleLimit: Int?
  /// Examples in a batch. A pass runs only the batches with an entry that is changed.
  public var batchSize = 32
  /// The threshold, and the medians that make an entry massive.
  public var detection = DetectionOptions()

  public init() {}

  /// Throws `InputError` for settings that no intervention can work with.
  public func check() throws {
    func require(_ isGood: Bool, _ field: String, _ found: Any, _ expected: String) throws {
      if isGood { return }
      throw InputError(file: "intervention", field: field, found: "\(found)", expected: expected)
    }
    let names = kinds.map(\.rawValue)
    try require(!names.isEmpty && Set(names).count == names.count, "kinds", names, "each once")
    if let layers {
      try require(
        layers.allSatisfy { $0 >= 0 } && Set(layers).count == layers.count, "layers", layers,
        "numbers from 0, each once")
      try require(!layers.isEmpty || changesAllLayers, "layers", "none", "at least one")
    }
    try require(20...100_000 ~= draws, "draws", draws, "a number in 20 ... 100000")
    try require(0...1_000_000 ~= resamples, "resamples", resamples, "a number in 0 ... 1000000")
    try require(batchSize >= 1, "batchSize", batchSize, "at least 1")
    try require(exampleLimit ?? 1 >= 1, "exampleLimit", exampleLimit ?? 1, "at least 1")
    try detection.check()
  }

  /// Measures the effects for `model` on `examples`.
  ///
  /// - Parameters:
  ///   - model: the model, in evaluation mode.
  ///   - examples: graphs, or labeled nodes of a large graph, with the encodings that the model reads.
  ///   - task: what is predicted.
  ///   - label: what the results call the model.
  ///   - modelSeed: the seed of the model, for the results.
  ///   - note: gets sentences about the progress.
  /// - Returns: for each median, kind and layer with massive entries the effect, the controls and the verdict;
  ///   for a median without any massive entry one result of each kind without effects.
  /// - Throws: `InputError` for impossible settings, examples that the model cannot run on, a layer that it does
  ///   not have, and a model that announces its scores but does not offer them for change.
  public func run(
    _ model: some GraphModel<Float>, on examples: some BatchSource, task: GraphDataset.Task,
    label: String, modelSeed: UInt64? = nil, note: (String) -> Void = { _ in }
  ) throws -> [StudyResults.Intervention] {
    try measure(
      model, on: examples, task: task, label: label, modelSeed: modelSeed, note: note
    ).map(\.result)
  }

  /// The same with what means over seeds need.
  func measure(
    _ model: some GraphModel<Float>, on examples: some BatchSource, task: GraphDataset.Task,
    label: String, modelSeed: UInt64?, note: (String) -> Void
  ) throws -> [MeasuredIntervention] {
    try check()
    let passes = try InterventionPasses(
      model, examples, task, batchSize: batchSize, limit: exampleLimit)
    let survey = ScoreSurvey(detection)
    let clean = passes.cleanScores(survey)
    let known = survey.layers.keys.sorted()
    if let missing = layers?.first(where: { !known.contains($0) }) {
      throw InputError(
        file: "intervention", field: "layers", found: "\(missing)",
        expected: "layers with edge activations, which are "
          + (known.isEmpty ? "none" : known.map(String.init).joined(separator: ", ")))
    }
    try passes.checkOffers(known, detection)
    let effects = InterventionEffects(
      clean: clean, labels: passes.labels, task: task, outputs: passes.outputs,
      targets: passes.targets)
    let means = survey.layers.mapValues(\.means)
    var result: [MeasuredIntervention] = []
    for median in detection.medians {
      let massive = known.filter { survey.layers[$0]!.massiveCount(median) > 0 }
      let chosen = massive.filter { layers?.contains($0) ?? true }
      var plans: [(layers: [Int], name: Int?)] = chosen.map { ([$0], $0) }
      if changesAllLayers, !massive.isEmpty { plans.append((massive, nil)) }
      if plans.isEmpty {
        note("\(label): nothing is massive by the \(median.rawValue) median")
        result += kinds.map { kind in
          MeasuredIntervention(
            nothing(effects, label, modelSeed, median, kind), effects, changed: clean)
        }
      }
      var controls: [Int: ControlPositions] = [:]
      for (planned, name) in plans {
        let place = name.map { "layer \($0)" } ?? "all layers"
        let found = planned.map { survey.layers[$0]!.massive[median]! }
        note(
          "\(label): \(place), \(found.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } }) entries "
            + "by the \(median.rawValue) median")
        for layer in planned where controls[layer] == nil {
          controls[layer] = controlPositions(passes, survey, layer, median)
        }
        let batches = Set(found.flatMap(\.keys))
        for kind in kinds {
          let intervention = ScoreIntervention(
            kind, by: median, threshold: Float(detection.threshold), layers: name.map { [$0] },
            channelMeans: means, convention: detection.convention)
          let changed = passes.scores(clean, batches.sorted(), intervention)
          let found = intervention.changedCounts.values.reduce(0, +)
          result.append(
            try measured(
              effects, changed, label, modelSeed, median, kind, name, entries: found,
              examples: passes.exampleCount(planned.map { survey.layers[$0]! }, median),
              controls: StudyResults.InterventionControl.Selection.allCases.map { selection in
                let draws = selection == .nextLargest ? 1 : draws
                return control(
                  passes, effects, selection,
                  (0..<draws).map { draw in
                    planned.map { ($0, controls[$0]!.positions(selection, draw)) }
                  }, kind, median, means)
              }))
        }
      }
    }
    return result
  }

  /// The entries that controls change in one layer, batch by batch.
  private struct ControlPositions {
    var draws: [StudyResults.InterventionControl.Selection: [[Int: [Int]]]]

    func positions(
      _ selection: StudyResults.InterventionControl.Selection, _ draw: Int
    ) -> [Int: [Int]] { draws[selection]![draw] }
  }

  private func controlPositions(
    _ passes: InterventionPasses, _ survey: ScoreSurvey, _ layer: Int, _ median: MedianKind
  ) -> ControlPositions {
    let scores = LayerScores(layer: layer, detection)
    passes.observe(scores)
    let control = ControlEntries(
      scores: scores, median: median, threshold: Float(detection.threshold),
      massive: scores.positions(survey.layers[layer]!.massive[median]!), seed: seed)
    return ControlPositions(draws: [
      .random: (0..<draws).map { scores.byBatch(control.random(draw: $0)) },
      .sameRows: (0..<draws).map { scores.byBatch(control.sameRows(draw: $0)) },
      .nextLargest: [scores.byBatch(control.nextLargest())],
    ])
  }

  /// The effects of changing given entries of some layers, draw by draw.
  private func control(
    _ passes: InterventionPasses, _ effects: InterventionEffects,
    _ selection: StudyResults.InterventionControl.Selection,
    _ draws: [[(layer: Int, entries: [Int: [Int]])]], _ kind: InterventionKind,
    _ median: MedianKind, _ means: [Int: [Float]]
  ) -> StudyResults.InterventionControl {
    var result = StudyResults.InterventionControl(
      selection: selection, entries: 0, metricChanges: [], predictionChanges: [])
    for entries in draws {
      let all = Dictionary(uniqueKeysWithValues: entries.map { ($0.layer, $0.entries) })
      let count = all.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } }
      if count == 0 { continue }
      let intervention = ScoreIntervention(
        kind, by: median, threshold: Float(detection.threshold), layers: Set(all.keys),
        channelMeans: means, convention: detection.convention, selection: .entries(all))
      let batches = Set(all.values.flatMap(\.keys)).sorted()
      let changed = passes.scores(effects.clean, batches, intervention)
      result.entries = count
      result.metricChanges.append(effects.metricChange(changed))
      result.predictionChanges.append(effects.predictionChange(changed))
    }
    return result
  }

  private func nothing(
    _ effects: InterventionEffects, _ label: String, _ modelSeed: UInt64?, _ median: MedianKind,
    _ kind: InterventionKind
  ) -> StudyResults.Intervention {
    StudyResults.Intervention(
      label: label, seed: modelSeed, median: median, kind: kind.rawValue,
      layer: nil, entries: 0, examples: 0, metric: effects.metric, verdict: .none,
      metricVerdict: .none)
  }

  private func measured(
    _ effects: InterventionEffects, _ changed: [Float], _ label: String, _ modelSeed: UInt64?,
    _ median: MedianKind, _ kind: InterventionKind, _ layer: Int?, entries: Int, examples: Int,
    controls: [StudyResults.InterventionControl]
  ) throws -> MeasuredIntervention {
    let random = controls.filter { $0.selection != .nextLargest }
    let metricChange = effects.metricChange(changed)
    let predictionChange = effects.predictionChange(changed)
    let intervals = effects.intervals([(effects, changed)], resamples: resamples, seed: seed)
    let worse = effects.worse
    return MeasuredIntervention(
      StudyResults.Intervention(
        label: label, seed: modelSeed, median: median,
        kind: kind.rawValue, layer: layer, entries: entries, examples: examples,
        metric: effects.metric,
        metricChange: StudyResults.Estimate(
          value: metricChange, lower: intervals.metric?.lower, upper: intervals.metric?.upper),
        predictionChange: StudyResults.Estimate(
          value: predictionChange, lower: intervals.prediction?.lower,
          upper: intervals.prediction?.upper),
        controls: controls,
        verdict: InterventionJudgment.of(predictionChange, random.map(\.predictionChanges)),
        metricVerdict: InterventionJudgment.of(
          worse * metricChange, random.map { $0.metricChanges.map { worse * $0 } })),
      effects, changed: changed)
  }
}

/// A result, and the scores that it comes from.
struct MeasuredIntervention {
  let result: StudyResults.Intervention
  let effects: InterventionEffects
  let changed: [Float]

  init(
    _ result: StudyResults.Intervention, _ effects: InterventionEffects, changed: [Float]
  ) {
    (self.result, self.effects, self.changed) = (result, effects, changed)
  }
}
