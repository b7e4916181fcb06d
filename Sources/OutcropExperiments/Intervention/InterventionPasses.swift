import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics
import OutcropTensor

/// Runs a frozen model over the same batches again and again, with or without a change.
///
/// The batches are made once, so that an example without a change has the same bits in every pass.
struct InterventionPasses {
  private let run: (GraphBatch, [any ActivationObserver]) -> [Float]
  private let modelName: String
  private let batches: [GraphBatch]
  /// The first score of each batch, and the number of all scores.
  private let starts: [Int]
  let outputs: Int
  /// Labels of an example.
  let targets: Int
  let labels: [Float]

  /// - Parameters:
  ///   - model: the model to run.
  ///   - examples: graphs or labeled nodes.
  ///   - task: what is predicted.
  ///   - batchSize: examples of a batch.
  ///   - limit: the most examples, from the first on.
  init(
    _ model: some GraphModel<Float>, _ examples: some BatchSource, _ task: GraphDataset.Task,
    batchSize: Int, limit: Int?
  ) throws {
    run = { batch, observers in
      withoutGradients { model(batch, .evaluation(observers: observers)).values }
    }
    modelName = model.name
    outputs = model.outputCount
    let count = min(limit ?? .max, examples.exampleCount)
    if count == 0 {
      throw InputError(
        file: "intervention", field: "examples", found: "none", expected: "at least one")
    }
    let all = Array(0..<count)
    var batches: [GraphBatch] = []
    for start in stride(from: 0, to: count, by: batchSize) {
      let batch = examples.batch(all[start..<min(count, start + batchSize)], seed: UInt64(start))
      try model.check(batch, task: task, of: "intervention, batch \(batches.count)")
      batches.append(batch)
    }
    self.batches = batches
    let outputs = outputs
    starts = batches.reduce(into: [0]) { $0.append($0.last! + $1.labeledCount * outputs) }
    targets = batches[0].targetCount
    labels = batches.flatMap(\.targets)
  }

  /// The scores of the unchanged model.
  func cleanScores(_ survey: ScoreSurvey) -> [Float] {
    batches.enumerated().flatMap { number, batch in
      survey.batchNumber = number
      return run(batch, [survey])
    }
  }

  /// Runs all batches for an observer.
  func observe(_ observer: some ActivationObserver) {
    for batch in batches { _ = run(batch, [observer]) }
  }

  /// The scores with a change that concerns only some batches.
  func scores(_ clean: [Float], _ changed: [Int], _ intervention: ScoreIntervention) -> [Float] {
    var result = clean
    for number in changed {
      intervention.batchNumber = number
      result.replaceSubrange(
        starts[number]..<starts[number + 1], with: run(batches[number], [intervention]))
    }
    return result
  }

  /// Throws for a layer of `known` whose scores the model announces but does not offer for change.
  func checkOffers(_ known: [Int], _ options: DetectionOptions) throws {
    let probe = ScoreIntervention(
      .zero, by: .row, threshold: .infinity, layers: [], channelMeans: [:],
      convention: options.convention, selection: .massive)
    _ = run(batches[0], [probe])
    guard let layer = known.first(where: { !probe.offeredLayers.contains($0) }) else { return }
    throw InputError(
      .unsupported, file: modelName, field: "layer \(layer)",
      found: "edge activations that are announced but not offered for change",
      expected: "a model that continues with the values that `ForwardContext.passThrough` returns",
      hint: "call `passThrough` in place of `announce` for its edge activations")
  }

  /// Examples with a massive entry in one of the layers; of sampled neighbors, examples of such batches.
  func exampleCount(_ layers: [ScoreSurvey.Layer], _ median: MedianKind) -> Int {
    var count = 0
    for (number, batch) in batches.enumerated() {
      let found = layers.compactMap { layer in
        layer.massive[median]?[number].map { (positions: $0, width: layer.width) }
      }
      if found.isEmpty { continue }
      if !batch.blocks.isEmpty {
        count += batch.labeledCount
        continue
      }
      var graphs: Set<Int32> = []
      for (positions, width) in found {
        for position in positions { graphs.insert(batch.edgeGraph[position / width]) }
      }
      count += graphs.count
    }
    return count
  }
}
