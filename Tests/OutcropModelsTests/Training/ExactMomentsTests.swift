import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// Serialized: the number of threads is the process's.
@Suite("Training in shards with exact moments", .serialized) struct ExactMomentsTests {
  /// Every family, without what is drawn at random by shard: the signs of eigenvectors.
  static let variants: [ModelVariant] = {
    let plain = ModelVariant.base.filter {
      !$0.name.contains("encoding") && !$0.name.contains("eigenvectors")
    }
    return plain + plain.prefix(1).map { $0.with("both norms") { $0.usesLayerNorm = true } }
  }()

  /// What a training changed, in double precision, and by how much.
  private struct Change {
    var values: [Double] = []
    var counters: [Int64] = []
    var losses: [Double] = []
    var largest = 0.0
  }

  /// Three epochs of plain descent, whose steps are proportional to the gradient: Adam makes whole steps of the
  /// rounding of a gradient that is 0, such as that of a bias before a normalization.
  private func train(
    _ variant: ModelVariant, shards: Int, exact: Bool, frozen: [String] = []
  ) throws -> Change {
    // Two of nine graphs have no edges, two of three no label, and the last batch has 3 graphs: some of the 8 shards
    // are without labels, edges or graphs.
    var graphs = (1...5).flatMap { variant.graphs(9, seed: $0) }
    for index in graphs.indices where index % 3 != 0 { graphs[index].targets = [.nan] }
    func train(_ model: some GraphModel<Double>) throws -> Change {
      func values() -> Change {
        var change = Change()
        for entry in model.state {
          switch entry.content {
          case .parameter(let parameter): change.values += parameter.value.values
          case .statistic(let statistic): change.values += statistic.value.values
          case .counter(let counter): change.counters.append(counter.value)
          }
        }
        return change
      }
      for pattern in frozen { model.freeze(pattern) }
      let before = values()
      let trainer = Trainer(
        model,
        configuration: TrainingConfiguration(
          epochs: 3, batchSize: 14, patience: 100, seed: 4, shardCount: shards,
          hasExactBatchMoments: exact), task: .regression,
        optimizer: SGD(model, learningRate: 0.02))
      try trainer.run(train: graphs, validation: [Graph]())
      var after = values()
      after.losses = trainer.history.map(\.trainLoss)
      after.largest = zip(after.values, before.values).map { abs($0 - $1) }.max()!
      return after
    }
    return try train(variant.livelyModel(seed: 7, Double.self))
  }

  private func difference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) }.max()!
  }

  @Test("Eight shards compute what one does, up to rounding", arguments: variants)
  func shardsAreTheBatch(_ variant: ModelVariant) throws {
    let whole = try train(variant, shards: 1, exact: false)
    #expect(whole.largest > 1e-3)
    let exact = try train(variant, shards: 8, exact: true)
    // Sums of some hundred terms in another order differ by some 2⁻⁵³; normalizations and twelve steps magnify this.
    #expect(difference(exact.values, whole.values) < 1e-11 * whole.largest)
    #expect(difference(exact.losses, whole.losses) < 1e-11)
    #expect(exact.counters == whole.counters)
    // Moments by shard are others, so that the test can fail. EGAT has no batch normalization: for it they are the same.
    let apart = try train(variant, shards: 8, exact: false)
    let isNormalized = !whole.counters.isEmpty
    #expect((difference(apart.values, whole.values) > 1e-3 * whole.largest) == isNormalized)
  }

  /// Without a gradient before the first normalization of a block, shards with and without edges exchange its sums
  /// equally often.
  @Test func frozenLayers() throws {
    let frozen = ["embedding*", "layers.0.attention*", "layers.0.O_*", "layers.0.batch_norm1*"]
    let whole = try train(Self.variants[0], shards: 1, exact: false, frozen: frozen)
    let exact = try train(Self.variants[0], shards: 8, exact: true, frozen: frozen)
    #expect(whole.largest > 1e-3)
    #expect(difference(exact.values, whole.values) < 1e-11 * whole.largest)
  }

  @Test("The flag changes nothing for one shard")
  func oneShard() throws {
    let whole = try train(Self.variants[0], shards: 1, exact: false)
    let exact = try train(Self.variants[0], shards: 1, exact: true)
    #expect(exact.values == whole.values)
  }

  @Test("Ranks and threads change no bit", arguments: [0, 0.1])
  func ranksAndThreads(_ dropout: Double) throws {
    // The last batch of an epoch has 4 graphs for 7 shards.
    @Sendable func make(_ epochs: Int) -> Trainer<GraphTransformer<Float>> {
      makeTrainer(
        trainingConfiguration {
          ($0.epochs, $0.batchSize, $0.shardCount) = (epochs, 20, 7)
          $0.hasExactBatchMoments = true
        }
      ) { $0.dropout = dropout }
    }
    let alone = try trainOverRanks(ranks: 1, make)
    for ranks in [2, 3, 4, 7] {
      let outcome = try withThreadCount(ranks % 2 + 1) { try trainOverRanks(ranks: ranks, make) }
      #expect(outcome == alone, "\(ranks) ranks")
    }
  }

  @Test("Observers count over all ranks, and a resumed training has the same bits")
  func hooksAndCheckpoints() throws {
    @Sendable func make(_ epochs: Int) -> Trainer<GraphTransformer<Float>> {
      makeTrainer(
        trainingConfiguration {
          ($0.epochs, $0.shardCount, $0.hasExactBatchMoments) = (epochs, 4, true)
        }
      ) {
        $0 = $0.withExplicitBias(true)
        $0.explicitBiasStrength = .driven(BiasDrive())
      }
    }
    let folder = try TemporaryFolder()
    let path = folder.path("checkpoint")
    let first = make(1)
    first.checkpointPath = path
    try first.run(train: sample.train, validation: sample.validation)
    let other = make(2)
    var configuration = other.configuration
    configuration.hasExactBatchMoments = false
    let plain = Trainer(other.model, configuration: configuration, task: .regression)
    let error = #expect(throws: InputError.self) { try plain.resume(from: path) }
    #expect(error?.description.contains("exact") == true)
    let resumed = try trainOverRanks(ranks: 3, epochs: 2, from: path, make)
    #expect(try resumed == trainOverRanks(ranks: 1, epochs: 2, make))
  }

  @Test("A loss that is not finite stops all ranks before the backward pass")
  func nonFiniteLoss() throws {
    let outcomes = ThreadRanks.outcomes(2) { communicator in
      let trainer = trainer(epochs: 1) { ($0.shardCount, $0.hasExactBatchMoments) = (4, true) }
      trainer.communicator = communicator
      var train = sample.train
      train[7].targets = [.infinity]
      try trainer.run(train: train, validation: sample.validation)
    }
    for outcome in outcomes {
      #expect(throws: TrainingError.self) { try outcome.get() }
    }
  }

  @Test("Shards with different normalizations are an error on all ranks", arguments: [1, 2])
  func differentNormalizations(ranks: Int) throws {
    let outcomes = ThreadRanks.outcomes(ranks) { communicator in
      let trainer = Trainer(
        UnevenModel(),
        configuration: TrainingConfiguration(
          epochs: 1, batchSize: 5, shardCount: 2, hasExactBatchMoments: true), task: .regression)
      trainer.communicator = communicator
      try trainer.run(train: randomGraphs(10, seed: 1), validation: [Graph]())
    }
    for outcome in outcomes {
      let error = #expect(throws: InputError.self) { try outcome.get() }
      #expect(error?.field == "exact_batch_moments")
    }
  }

  @Test(
    "A message that fails between two normalizations is thrown, and no pass is left",
    arguments: [6, 9, 30])
  func failingMessage(gathers: Int) throws {
    let outcomes = ThreadRanks.outcomes(3) { ranks in
      let trainer = trainer(epochs: 1) { ($0.shardCount, $0.hasExactBatchMoments) = (6, true) }
      trainer.communicator = FailingRanks(ranks, gathers: ranks.rank == 1 ? gathers : .max)
      try trainer.run(train: sample.train, validation: sample.validation)
    }
    for outcome in outcomes {
      #expect(throws: CommunicationError.self) { try outcome.get() }
    }
  }

  @Test("The configuration reads and writes the field")
  func field() throws {
    let fields = try ConfigurationFields(
      json: Data(#"{"shards": 4, "exact_batch_moments": true}"#.utf8), source: "test")
    let configuration = try TrainingConfiguration(fields)
    #expect(configuration.hasExactBatchMoments)
    #expect(
      configuration == TrainingConfiguration(shardCount: 4, hasExactBatchMoments: true))
    // As earlier versions wrote it.
    let plain = String(
      decoding: try JSONEncoder().encode(TrainingConfiguration(hasExactBatchMoments: false)),
      as: UTF8.self)
    #expect(!plain.contains("xact"))
  }
}

/// Normalizes once more where a batch has an even number of graphs.
private final class UnevenModel: GraphModel {
  typealias Scalar = Float
  private let embedding: EmbeddingLayer<Float>
  private let norm = BatchNormLayer<Float>(width: 4)
  private let head: LinearLayer<Float>

  init() {
    var generator = RandomGenerator(seed: 1)
    embedding = EmbeddingLayer(count: 28, width: 4, using: &generator)
    head = LinearLayer(in: 4, out: 1, using: &generator)
  }

  func forward(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Float> {
    var x = embedding(batch.nodeTypes!.values)
    for _ in 0...(batch.graphCount + 1) % 2 { x = norm(x, isTraining: context.isTraining) }
    return head(x.segmentMean(Segments(offsets: batch.nodeOffsets)))
  }

  func problem(with batch: GraphBatch) -> String? { nil }
  func encode(_ dataset: GraphDataset) -> GraphDataset { dataset }
  var outputCount: Int { 1 }
  var name: String { "uneven" }
  var configurationFields: [String: JSONValue] { [:] }
}

/// Ranks whose messages fail after so many calls of `gather`.
private final class FailingRanks: Communicator, @unchecked Sendable {
  private let base: any Communicator
  private var left: Int
  var rank: Int { base.rank }
  var size: Int { base.size }

  init(_ base: any Communicator, gathers: Int) { (self.base, left) = (base, gathers) }

  func gather(_ bytes: UnsafeRawBufferPointer) throws -> [[UInt8]] {
    if left == 0 { throw CommunicationError(rank: rank, operation: "gather", reason: "a test") }
    left -= 1
    return try base.gather(bytes)
  }

  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
    try base.broadcast(bytes, from: root)
  }

  func exchange(
    _ parts: [UnsafeRawBufferPointer], into received: [UnsafeMutableRawBufferPointer]
  ) throws {
    try base.exchange(parts, into: received)
  }

  func startSending(_ bytes: UnsafeRawBufferPointer, to rank: Int, number: Int) throws {
    try base.startSending(bytes, to: rank, number: number)
  }

  func startReceiving(into bytes: UnsafeMutableRawBufferPointer, from rank: Int, number: Int) throws
  {
    try base.startReceiving(into: bytes, from: rank, number: number)
  }

  func advanceMessages() throws { try base.advanceMessages() }

  func finishMessages() throws { try base.finishMessages() }

  func cancelMessages() { base.cancelMessages() }

  func barrier() throws { try base.barrier() }

  func abort(status: Int32) -> Never { base.abort(status: status) }
}
