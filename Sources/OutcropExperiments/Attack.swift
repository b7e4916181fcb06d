import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport
import OutcropTensor

/// Noise on the embeddings of nodes and edges of a frozen model: drawn at random, and moved from there by
/// gradient ascent on the loss to where it harms most.
///
/// Noise has the standard deviation asked for over the nodes and over the edges of each batch; after each
/// step of the ascent it is scaled back to it. The gain says how much worse optimized noise is than random
/// noise of the same size: (optimized loss) / (random loss) − 1.
public struct Attack: Sendable {
  /// Standard deviations of the noise, in units of the embeddings.
  public var deviations = [0.01, 0.0316, 0.1]
  /// Draws of random noise, each also the start of an ascent.
  public var draws = 3
  /// Steps of gradient ascent.
  public var steps = 10
  /// A step's length: the root mean square of what it adds, in standard deviations of the noise.
  public var stepSize = 0.5
  public var seed: UInt64 = 41
  /// Graphs in a batch.
  public var batchSize = 128

  public init() {}

  /// Attacks `model`, in evaluation mode, on `graphs`.
  ///
  /// - Parameters:
  ///   - model: the model to attack.
  ///   - graphs: the graphs whose scores the noise should change.
  ///   - task: what is predicted.
  ///   - label: what the results call the model.
  ///   - modelSeed: the seed of the model, for the results.
  ///   - note: gets sentences about the progress.
  /// - Throws: `InputError`, before work starts, for impossible settings and graphs that the model cannot
  ///   run on.
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
        // Random and optimized noise start from the same numbers, for every model alike.
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

  /// The mean over all labels of what `body` gives for each batch.
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

  /// A step along the gradient, scaled to the length asked for, and then the whole to `deviation`.
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

  /// `x` with a root mean square of `deviation`; as it is where it is all zeros.
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
