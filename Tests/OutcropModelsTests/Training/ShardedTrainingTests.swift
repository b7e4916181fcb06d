import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTestSupport
import Testing

/// Serialized: thread count and pool belong to the process.
@Suite("Training of batches in shards", .serialized) struct ShardedTrainingTests {
  @Test func ranksAndThreadsChangeNothing() throws {
    // The last batch of an epoch has 16 of 24 graphs; 5 parts are of different sizes.
    for shards in [4, 5] {
      let alone = try trainOverRanks(ranks: 1) { trainer(epochs: $0) { $0.shardCount = shards } }
      for ranks in 2...4 {
        let outcome = try withThreadCount(ranks % 2 + 1) {
          try trainOverRanks(ranks: ranks) { trainer(epochs: $0) { $0.shardCount = shards } }
        }
        #expect(outcome == alone, "\(shards) shards on \(ranks) ranks")
      }
    }
  }

  /// Parts of a gradient of several hundred KB are sent before its backward pass is over; with exact moments after it.
  @Test(arguments: [false, true]) func severalBuckets(exact: Bool) throws {
    @Sendable func make(_ epochs: Int) -> Trainer<GraphTransformer<Float>> {
      makeTrainer(
        trainingConfiguration {
          ($0.epochs, $0.shardCount, $0.hasExactBatchMoments) = (epochs, 5, exact)
        }
      ) { ($0.hiddenWidth, $0.outputWidth, $0.layerCount) = (64, 64, 3) }
    }
    let sizes = make(1).model.parameters.map(\.parameter.count)
    let starts = sizes.reduce(into: [0]) { $0.append($0.last! + $1) }
    let alone = try trainOverRanks(ranks: 1, epochs: 1, make)
    for ranks in 2...4 {
      let counts = try ThreadRanks.run(ranks) { communicator in
        GradientBucket.cut(starts, width: 4, shards: 5, over: communicator).count
      }
      #expect(counts.allSatisfy { $0 > 2 })
      let early = try ThreadRanks.run(ranks) { communicator in
        let trainer = make(1)
        trainer.communicator = communicator
        try trainer.run(train: sample.train, validation: sample.validation)
        return communicator.earlyMessageCount
      }
      #expect(early.allSatisfy { ($0 > 0) != exact })
      #expect(try trainOverRanks(ranks: ranks, epochs: 1, make) == alone, "\(ranks) ranks")
    }
  }

  @Test(arguments: [[0], [0, 5], [0, 0, 7, 7], [0, 1000, 1001, 500_000, 500_001, 2_000_000]])
  func bucketsCoverAllParametersAndElements(starts: [Int]) throws {
    let all = try ThreadRanks.run(3) { communicator in
      GradientBucket.cut(starts, width: 8, shards: 4, over: communicator)
    }
    for (rank, buckets) in all.enumerated() {
      #expect(buckets.flatMap { Array($0.parameters) } == Array(starts.indices.dropLast()))
      #expect(buckets.flatMap { $0.slices.flatMap { Array($0) } } == Array(0..<starts.last!))
      #expect(buckets.map(\.slices) == all[0].map(\.slices))
      for (bucket, next) in zip(buckets, buckets.dropFirst()) {
        #expect(next.received == bucket.received + 4 * bucket.slices[rank].count)
      }
    }
  }

  @Test func adaptiveBiasCountsOverAllRanks() throws {
    @Sendable func make(_ epochs: Int) -> Trainer<GraphTransformer<Float>> {
      makeTrainer(
        trainingConfiguration { ($0.epochs, $0.shardCount) = (epochs, 4) }
      ) {
        $0 = $0.withExplicitBias(true)
        $0.explicitBiasStrength = .driven(BiasDrive())
      }
    }
    #expect(try trainOverRanks(ranks: 3, make) == trainOverRanks(ranks: 1, make))
  }

  @Test func fewerGraphsThanShards() throws {
    @Sendable func make(_ epochs: Int) -> Trainer<GraphTransformer<Float>> {
      trainer(epochs: epochs) { ($0.batchSize, $0.shardCount) = (7, 7) }
    }
    // 64 graphs: the last batch has one.
    #expect(try trainOverRanks(ranks: 3, make) == trainOverRanks(ranks: 1, make))
  }

  @Test func resumingOnAnotherNumberOfRanksGivesTheSameBits() throws {
    let folder = try TemporaryFolder()
    @Sendable func make(_ epochs: Int) -> Trainer<GraphTransformer<Float>> {
      trainer(epochs: epochs) { $0.shardCount = 4 }
    }
    let first = make(1)
    first.checkpointPath = folder.path("half")
    try first.run(train: sample.train, validation: sample.validation)
    _ = try trainOverRanks(ranks: 3, epochs: 2, from: folder.path("half"), make)
    let resumed = try trainOverRanks(ranks: 2, epochs: 3, from: folder.path("half"), make)
    #expect(try resumed == trainOverRanks(ranks: 1, epochs: 3, make))
  }

  /// Without dropout and batch normalization, shards change nothing but rounding.
  @Test func theGradientIsThatOfTheWholeBatch() throws {
    func parameters(_ shards: Int) throws -> [Float] {
      var model = tinyConfiguration()
      (model.dropout, model.inputDropout) = (0, 0)
      (model.usesBatchNorm, model.usesLayerNorm) = (false, true)
      var training = TrainingConfiguration(epochs: 1, batchSize: 20, shardCount: shards)
      training.learningRate = 1e-2
      let network = GraphTransformer<Float>(model, seed: 9)
      // Steps of plain descent are proportional to the gradient.
      let trainer = Trainer(
        network, configuration: training, task: .regression,
        optimizer: SGD(network, learningRate: 1e-2))
      try trainer.run(train: sample.train, validation: sample.validation)
      return network.parameters.flatMap { $0.parameter.value.values }
    }
    let start = GraphTransformer<Float>(
      {
        var model = tinyConfiguration()
        (model.usesBatchNorm, model.usesLayerNorm) = (false, true)
        return model
      }(), seed: 9
    ).parameters.flatMap { $0.parameter.value.values }
    let whole = try parameters(1)
    let moved = zip(whole, start).map { abs($0 - $1) }.max()!
    for shards in [2, 3, 7] {
      let difference = zip(try parameters(shards), whole).map { abs($0 - $1) }.max()!
      // Rounding of sums of some hundred terms, carried through four steps.
      #expect(difference < 1e-4 * moved, "\(shards) shards")
    }
  }

  /// After one step from the same statistics, those of two shards are the mean of what each leaves alone.
  @Test func runningStatisticsAreTheMeanOverTheShards() throws {
    func statistics(_ graphs: [Graph], shards: Int) throws -> [Float] {
      let trainer = trainer(epochs: 1) { ($0.batchSize, $0.shardCount) = (graphs.count, shards) }
      // A rate of 0 leaves the parameters, so that the batches do not matter for each other.
      trainer.optimizer.learningRate = 0
      var model = tinyConfiguration()
      (model.dropout, model.inputDropout) = (0, 0)
      var configuration = trainer.configuration
      configuration.minimumLearningRate = 0
      configuration.learningRate = 0
      let plain = Trainer(
        GraphTransformer<Float>(model, seed: 9), configuration: configuration, task: .regression)
      try plain.run(train: graphs, validation: [Graph]())
      return plain.model.state.flatMap { entry -> [Float] in
        if case .statistic(let statistic) = entry.content { return statistic.value.values }
        return []
      }
    }
    let graphs = Array(sample.train.prefix(16))
    // The order in which training takes the graphs.
    var generator = RandomGenerator(seed: 5)
    let order = generator.permutation(16)
    let both = try statistics(graphs, shards: 2)
    let halves = try [order[..<8], order[8...]].map { half in
      try statistics(half.map { graphs[$0] }, shards: 1)
    }
    for (index, value) in both.enumerated() {
      let expected = (Double(halves[0][index]) + Double(halves[1][index])) / 2
      #expect(abs(Double(value) - expected) <= 1e-5 * max(1, abs(expected)))
    }
  }

  @Test func ranksThatDifferAreNamed() throws {
    let outcomes = ThreadRanks.outcomes(3) { communicator in
      let trainer = trainer(epochs: 1) { $0.shardCount = 3 }
      trainer.communicator = communicator
      trainer.dataChecksum = communicator.rank == 1 ? "other" : "same"
      try trainer.run(train: sample.train, validation: sample.validation)
    }
    for outcome in outcomes {
      let error = #expect(throws: InputError.self) { try outcome.get() }
      #expect(error?.description.hasPrefix("rank 1 of 3: 'data': found 'other'") == true)
    }
  }

  @Test func moreRanksThanShards() throws {
    for outcome in ThreadRanks.outcomes(
      2,
      { communicator in
        let trainer = trainer(epochs: 1)
        trainer.communicator = communicator
        try trainer.run(train: sample.train, validation: sample.validation)
      })
    {
      let error = #expect(throws: InputError.self) { try outcome.get() }
      #expect(error?.field == "shards")
    }
    #expect(throws: InputError.self) {
      try trainer(epochs: 1) { $0.shardCount = 25 }
        .run(train: sample.train, validation: sample.validation)
    }
  }

  @Test func aLossThatIsNotFiniteStopsAllRanks() throws {
    let outcomes = ThreadRanks.outcomes(2) { communicator in
      let trainer = trainer(epochs: 1) { $0.shardCount = 4 }
      trainer.communicator = communicator
      var train = sample.train
      train[7].targets = [.infinity]
      try trainer.run(train: train, validation: sample.validation)
    }
    for outcome in outcomes {
      #expect(throws: TrainingError.self) { try outcome.get() }
    }
  }

  @Test func evaluationOverRanks() throws {
    let model = GraphTransformer<Float>(tinyConfiguration(), seed: 4)
    let whole = try Evaluation(of: model, on: sample.train, task: .regression, batchSize: 10)
    for ranks in [2, 3, 9] {
      let parts = try ThreadRanks.run(ranks) { communicator in
        try Evaluation(
          of: GraphTransformer<Float>(tinyConfiguration(), seed: 4), on: sample.train,
          task: .regression, batchSize: 10, communicator: communicator)
      }
      for part in parts {
        #expect(part.scores == whole.scores)
        #expect(part.loss == whole.loss)
        #expect(part.metric == whole.metric)
        #expect(part.labelCount == whole.labelCount)
      }
    }
  }

  @Test func theNumberOfShardsIsInTheCheckpoint() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("checkpoint")
    let first = trainer(epochs: 1) { $0.shardCount = 4 }
    first.checkpointPath = path
    try first.run(train: sample.train, validation: sample.validation)
    let error = #expect(throws: InputError.self) { try trainer(epochs: 2).resume(from: path) }
    #expect(error?.description.contains("shards") == true)
    // One shard is what earlier versions wrote.
    let json = String(
      decoding: try JSONEncoder().encode(TrainingConfiguration(shardCount: 1)), as: UTF8.self)
    #expect(!json.contains("shards"))
  }
}
