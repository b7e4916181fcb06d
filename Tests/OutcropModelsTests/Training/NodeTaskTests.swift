import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTestSupport
import Testing

/// Labeled nodes of one random graph. A node's two labels say whether its species is high, and whether its
/// in-neighbors' are on average; a batch samples neighbors.
private struct SampledNodes: BatchSource {
  let species: [Int32]
  let incoming: [[Int32]]
  let exampleCount: Int
  /// How long a batch takes at least; batches come late or early, with the same contents.
  var delay = 0.0

  init(count: Int, seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    let draw = (0..<count).map { _ in Int32(generator.below(8)) }
    species = draw
    incoming = (0..<count).map { node in
      node % 9 == 4 ? [] : (0..<6).map { _ in Int32(generator.below(count)) }
    }
    exampleCount = count
  }

  func labels(_ node: Int) -> [Float] {
    let around = incoming[node].map { Float(species[Int($0)]) }
    let mean = around.isEmpty ? .nan : around.reduce(0, +) / Float(around.count)
    return [species[node] > 3 ? 1 : 0, mean.isNaN ? .nan : mean > 3.5 ? 1 : 0]
  }

  func batch(_ examples: ArraySlice<Int>, seed: UInt64) -> GraphBatch {
    if delay > 0 { Thread.sleep(forTimeInterval: delay) }
    var generator = RandomGenerator(seed: seed)
    var nodes = examples.map { Int32($0) }
    var blocks: [GraphBatch.Block] = []
    // From the last layer to the first: a block's sources are its destinations and who was sampled.
    for fanOut in [3, 4] {
      var place = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1, Int32($0)) })
      let count = nodes.count
      var (sources, destinations): ([Int32], [Int32]) = ([], [])
      for row in 0..<count where !incoming[Int(nodes[row])].isEmpty {
        for _ in 0..<fanOut {
          let all = incoming[Int(nodes[row])]
          let neighbor = all[generator.below(all.count)]
          if place[neighbor] == nil {
            place[neighbor] = Int32(nodes.count)
            nodes.append(neighbor)
          }
          sources.append(place[neighbor]!)
          destinations.append(Int32(row))
        }
      }
      let edges = EdgeIndex(
        sources: sources, destinations: destinations, sourceCount: nodes.count,
        destinationCount: count)
      blocks.insert(
        GraphBatch.Block(
          edges: edges,
          edgeAttributes: RealFeatures(
            values: edges.sources.flatMap { [Float(species[Int(nodes[Int($0)])]) / 8, 1] },
            columns: 2)), at: 0)
    }
    do {
      return try GraphBatch(
        blocks: blocks,
        nodeTypes: IntegerFeatures(values: nodes.map { species[Int($0)] }),
        targets: examples.flatMap { labels($0) }, targetCount: 2)
    } catch {
      preconditionFailure("\(error)")
    }
  }
}

/// Serialized: the number of threads is the process's.
@Suite("Training on sampled nodes", .serialized)
struct NodeTaskTests {
  private let train = SampledNodes(count: 150, seed: 1)
  private let validation = SampledNodes(count: 60, seed: 2)

  private static let variants: [ModelVariant] = ModelVariant.base.filter {
    ["GT", "SAN", "GraphiT", "EGAT"].contains($0.name)
  }.map { variant in
    variant.with("nodes") {
      ($0.nodeFeatures, $0.edgeFeatures) = (.categories(8), .linear(columns: 2))
      ($0.outputCount, $0.dropout, $0.hiddenWidth, $0.outputWidth) = (2, 0.1, 32, 32)
    }
  }

  private func run(
    _ variant: ModelVariant, _ train: SampledNodes, epochs: Int = 2
  ) throws -> (bits: [String: [UInt64]], history: [[Double?]], evaluation: Evaluation) {
    func run<A: ModelArchitecture>(
      _ architecture: A
    ) throws -> (bits: [String: [UInt64]], history: [[Double?]], evaluation: Evaluation) {
      var training = TrainingConfiguration()
      (training.epochs, training.batchSize, training.learningRate) = (epochs, 32, 1e-2)
      let trainer = Trainer(
        GraphNetwork<Float, A>(architecture, seed: 3), configuration: training,
        task: .binaryClassification)
      try trainer.run(train: train, validation: validation)
      let evaluation = try Evaluation(
        of: trainer.model, on: validation, task: .binaryClassification, batchSize: 25)
      let history = trainer.history.map {
        [$0.trainLoss, $0.validationLoss, $0.validationMetric]
      }
      return (bits(trainer.model), history, evaluation)
    }
    return try run(variant.architecture)
  }

  @Test("gives the same bits on any number of threads, early or late", arguments: variants)
  func threads(_ variant: ModelVariant) throws {
    let before = ThreadPool.threadCount
    defer { ThreadPool.threadCount = before }
    ThreadPool.threadCount = 1
    let expected = try run(variant, train)
    ThreadPool.threadCount = 2
    let other = try run(variant, train)
    #expect(other.bits == expected.bits && other.history == expected.history)
    #expect(other.evaluation.scores == expected.evaluation.scores)
    var late = train
    late.delay = 0.01
    #expect(try run(variant, late).bits == expected.bits)
  }

  // Nodes of an EGAT don't see their own features but through attention.
  @Test(
    "learns, and is evaluated node by node",
    arguments: variants.filter { !$0.name.hasPrefix("EGAT") })
  func learns(_ variant: ModelVariant) throws {
    let first = try run(variant, train, epochs: 1).history[0]
    let (_, history, evaluation) = try run(variant, train, epochs: 25)
    #expect(history[24][0]! < 0.5 * first[0]!, "\(history.map { $0[0]! })")
    #expect(evaluation.scores.count == 120)
    let labels = (0..<60).flatMap { validation.labels($0) }
    #expect(labels.contains { $0.isNaN })
    #expect(evaluation.labelCount == labels.count { !$0.isNaN })
    // The mean cross-entropy of the scores, by hand.
    var sum = 0.0
    for (score, label) in zip(evaluation.scores, labels) where !label.isNaN {
      let s = Double(score)
      sum += max(s, 0) - s * Double(label) + log1p(exp(-abs(s)))
    }
    #expect(abs(sum / Double(evaluation.labelCount) - evaluation.loss) < 1e-5)
    // How often a node of label 1 is above one of label 0, for each of the two questions.
    let areas = [0, 1].map { column in
      let all = (0..<60).map { (evaluation.scores[2 * $0 + column], labels[2 * $0 + column]) }
      let (high, low) = (all.filter { $0.1 == 1 }, all.filter { $0.1 == 0 })
      let above = high.map { one in low.count { $0.0 < one.0 } }.reduce(0, +)
      let equal = high.map { one in low.count { $0.0 == one.0 } }.reduce(0, +)
      return (Double(above) + Double(equal) / 2) / Double(high.count * low.count)
    }
    #expect(abs((areas[0] + areas[1]) / 2 - evaluation.metric.value) < 1e-9)
    // A node's own species is seen whole, its neighbors' by sample.
    #expect(areas[0] > 0.99 && areas[1] > 0.6, "\(areas)")
  }

  /// By hand, batch after batch, without anything made ahead.
  @Test("takes the steps that a plain loop takes")
  func plainLoop() throws {
    let architecture = Self.variants[0].architecture as! GraphTransformerConfiguration
    var training = TrainingConfiguration()
    (training.epochs, training.batchSize, training.learningRate) = (2, 32, 1e-2)
    let trainer = Trainer(
      GraphNetwork<Float, GraphTransformerConfiguration>(architecture, seed: 3),
      configuration: training,
      task: .binaryClassification)
    try trainer.run(train: train, validation: validation)

    let model = GraphTransformer<Float>(architecture, seed: 3)
    let adam = Adam(model, learningRate: training.learningRate)
    var generator = RandomGenerator(seed: training.seed)
    for _ in 0..<2 {
      let order = generator.permutation(train.exampleCount)
      for start in stride(from: 0, to: order.count, by: 32) {
        let seed = generator.next()
        let batch = train.batch(order[start..<min(order.count, start + 32)], seed: seed)
        model.zeroGradients()
        let context = ForwardContext(isTraining: true, generator: RandomGenerator(seed: seed))
        Targets<Float>(batch, task: .binaryClassification).loss(model(batch, context)).backward()
        adam.step()
      }
    }
    #expect(bits(model) == bits(trainer.model))
  }
}
