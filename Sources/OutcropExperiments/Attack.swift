import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport
import OutcropTensor

/// Noise on the embeddings of nodes and edges of a frozen model: first random noise, then noise that gradient
/// ascent on the loss optimizes from it.
///
/// Noise has the given standard deviation over the nodes and over the edges of each batch; after each step of
/// the ascent it is scaled to this deviation. The gain compares optimized noise with random noise of the same
/// size: (optimized loss) / (random loss) − 1.
public struct Attack: Sendable {
  /// Standard deviations of the noise, in units of the embeddings.
  public var deviations = [0.01, 0.0316, 0.1]
  /// The number of draws of random noise, from each of which an ascent starts.
  public var draws = 3
  /// The number of steps of gradient ascent.
  public var steps = 10
  /// The length of a step: the root mean square of its change, in standard deviations of the noise.
  public var stepSize = 0.5
  /// The seed of the random noise.
  public var seed: UInt64 = 41
  /// Graphs in a batch.
  public var batchSize = 128

  /// An attack with the default settings.
  public init() {}

  /// Attacks `model`, in evaluation mode, on `graphs`.
  ///
  /// - Parameters:
  ///   - model: the model to attack.
  ///   - graphs: the graphs whose scores the noise should change.
  ///   - task: what is predicted.
  ///   - label: the name of the model in the results.
  ///   - modelSeed: the seed of the model, for the results.
  ///   - note: receives sentences about the progress.
  /// - Throws: `InputError`, before work starts, for impossible settings and for graphs that the model
  ///   cannot run on.
  public func run(
    _ model: GraphNetwork<Float, some ModelArchitecture>, on graphs: [Graph],
    task: GraphDataset.Task, label: String,
    modelSeed: UInt64?, note: (String) -> Void = { _ in }
  ) throws -> [StudyResults.Attack] {
    try check()
    try model.check(graphs, task: task, batchSize: batchSize, of: "attack")
    let batches = stride(from: 0, to: graphs.count, by: batchSize).map {
      GraphBatch(graphs[$0..<min(graphs.count, $0 + batchSize)])
    }
    let clean = mean(batches, task) { batch, targets, _ in
      withoutGradients { loss(model, batch, targets, nil).scalar }
    }
    return deviations.enumerated().map { number, deviation in
      var (random, optimized) = ([Double](), [Double]())
      for draw in 0..<draws {
        // Random and optimized noise start from the same numbers, which are the same for every model.
        let stream = seed &+ UInt64(number * draws + draw) &* 0x9E37_79B9_7F4A_7C15
        random.append(
          mean(batches, task) { batch, targets, index in
            withoutGradients {
              loss(model, batch, targets, noise(model, batch, deviation, stream &+ index)).scalar
            }
          })
        optimized.append(
          mean(batches, task) { batch, targets, index in
            ascend(
              model, batch, targets, noise(model, batch, deviation, stream &+ index), deviation)
          })
      }
      let result = StudyResults.Attack(
        label: label, seed: modelSeed, deviation: deviation, cleanLoss: clean,
        randomLosses: random, optimizedLosses: optimized, steps: steps, examples: graphs.count)
      note("\(label): noise of \(deviation), gain \(result.gain)")
      return result
    }
  }

  /// The mean over all labels of the numbers that `body` returns for each batch.
  private func mean(
    _ batches: [GraphBatch], _ task: GraphDataset.Task,
    _ body: (GraphBatch, Targets<Float>, UInt64) -> Float
  ) -> Double {
    var (sum, count) = (0.0, 0)
    for (index, batch) in batches.enumerated() {
      let targets = Targets<Float>(batch, task: task)
      if targets.labelCount == 0 { continue }
      sum += Double(body(batch, targets, UInt64(index))) * Double(targets.labelCount)
      count += targets.labelCount
    }
    return sum / Double(count)
  }

  private func loss(
    _ model: GraphNetwork<Float, some ModelArchitecture>, _ batch: GraphBatch,
    _ targets: Targets<Float>,
    _ noise: EmbeddingNoise<Float>?
  ) -> Tensor<Float> {
    let context = ForwardContext.evaluation()
    context.embeddingNoise = noise
    return targets.loss(model(batch, context))
  }

  /// The loss at the end of the ascent.
  private func ascend(
    _ model: GraphNetwork<Float, some ModelArchitecture>, _ batch: GraphBatch,
    _ targets: Targets<Float>,
    _ start: EmbeddingNoise<Float>, _ deviation: Double
  ) -> Float {
    var noise = start
    for _ in 0..<steps {
      let (nodes, edges) = (Parameter(noise.nodes), Parameter(noise.edges))
      loss(model, batch, targets, EmbeddingNoise(nodes: nodes.value, edges: edges.value)).backward()
      let length = deviation * stepSize
      noise.nodes = moved(nodes, by: length, to: deviation)
      noise.edges = moved(edges, by: length, to: deviation)
    }
    model.zeroGradients()
    return withoutGradients { loss(model, batch, targets, noise).scalar }
  }

  /// The noise after one step along the gradient. The step is scaled to `stepSize`, and the sum to
  /// `deviation`.
  private func moved(
    _ noise: Parameter<Float>, by length: Double, to deviation: Double
  ) -> Tensor<Float> {
    guard let gradient = noise.gradient?.detached else { return noise.value.detached }
    let size = rootMeanSquare(gradient)
    if !(size > 0) { return noise.value.detached }
    let sum = noise.value.detached + gradient * Float(length / size)
    return scaled(sum, to: deviation)
  }

  private func noise(
    _ model: GraphNetwork<Float, some ModelArchitecture>, _ batch: GraphBatch, _ deviation: Double,
    _ seed: UInt64
  ) -> EmbeddingNoise<Float> {
    var generator = RandomGenerator(seed: seed)
    let width = model.configuration.shared.hiddenWidth
    let nodes = Tensor<Float>.normal([batch.nodeCount, width], using: &generator)
    let edges = Tensor<Float>.normal([batch.edgeCount, width], using: &generator)
    return EmbeddingNoise(
      nodes: scaled(nodes, to: deviation), edges: scaled(edges, to: deviation))
  }

  /// `x` scaled to a root mean square of `deviation`; `x` itself if all its values are 0.
  private func scaled(
    _ x: Tensor<Float>, to deviation: Double
  ) -> Tensor<Float> {
    let size = rootMeanSquare(x)
    return size > 0 ? x * Float(deviation / size) : x
  }

  private func rootMeanSquare(_ x: Tensor<Float>) -> Double {
    let sum = x.values.reduce(0.0) { $0 + Double($1) * Double($1) }
    return (sum / Double(max(1, x.count))).squareRoot()
  }
}
