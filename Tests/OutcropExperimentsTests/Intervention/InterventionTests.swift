import OutcropCore
import OutcropExperiments
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Interventions")
struct InterventionTests {
  private func intervention(draws: Int = 20) -> Intervention {
    var result = Intervention()
    (result.kinds, result.changesAllLayers, result.draws) = ([.zero], false, draws)
    result.resamples = 200
    result.detection.medians = [.row]
    return result
  }

  private func verdicts(_ use: PlantedModel.Use, draws: Int) throws -> [StudyResults.Intervention] {
    try (0..<100).map { number in
      let results = try intervention(draws: draws).run(
        PlantedModel(use, seed: UInt64(number)), on: plantedGraphs(24, seed: UInt64(number)),
        task: .regression, label: "planted")
      #expect(results.count == 1)
      return results[0]
    }
  }

  @Test func aPredictionThroughOneHugeChannelIsLoadBearing() throws {
    let found = try verdicts(.channel, draws: 20)
    #expect(found.allSatisfy { $0.verdict == .loadBearing && $0.entries > 0 })
    for one in found {
      // 5000 · 1e-3 for each massive entry, of one sign or the other.
      let change = try #require(one.predictionChange)
      #expect(change.value > 0.5)
      #expect(try #require(change.lower) <= change.value && change.value <= change.upper!)
      #expect(one.controls.map(\.selection) == [.random, .sameRows, .nextLargest])
      #expect(one.controls.map(\.predictionChanges.count) == [20, 20, 1])
      #expect(one.controls.allSatisfy { $0.entries == one.entries })
    }
  }

  @Test func aPredictionBesideTheChannelIsIdle() throws {
    let found = try verdicts(.others, draws: 20)
    #expect(found.allSatisfy { $0.verdict == .idle && $0.metricVerdict == .idle })
    #expect(found.allSatisfy { $0.predictionChange?.value == 0 && $0.entries > 0 })
  }

  /// Massive entries that do as much as any other entry.
  @Test func entriesLikeOthersAreMostlyIdle() throws {
    let found = try verdicts(.signs, draws: 100)
    // At most one in forty is over the percentile by chance; 7 of 100 are 3 standard deviations more.
    #expect(found.count { $0.verdict == .idle } >= 93)
    #expect(found.allSatisfy { $0.predictionChange!.value > 0 })
  }

  @Test func nothingMassiveIsTheUnchangedModel() throws {
    var none = intervention()
    none.detection.threshold = 1e30
    (none.kinds, none.detection.medians) = (InterventionKind.allCases, MedianKind.allCases)
    let results = try none.run(
      PlantedModel(.channel, seed: 1), on: plantedGraphs(5, seed: 1), task: .regression, label: "x")
    #expect(results.count == 8)
    for result in results {
      #expect(result.verdict == .none && result.metricVerdict == .none && result.entries == 0)
      #expect(result.predictionChange == nil && result.controls.isEmpty && result.layer == nil)
    }
  }

  @Test func allKindsLayersAndMediansInOneResult() throws {
    var all = Intervention()
    (all.resamples, all.detection.threshold) = (50, 100)
    let results = try all.run(
      PlantedModel(.channel, seed: 3), on: plantedGraphs(10, seed: 3), task: .regression,
      label: "x", modelSeed: 3)
    #expect(results.count == 2 * 4 * 2)
    #expect(Set(results.map(\.kind)) == ["zero", "median", "mean", "clip"])
    for median in [MedianKind.row, .batch] {
      let of = results.filter { $0.median == median && $0.kind == "zero" }
      #expect(of.map(\.layer) == [0, nil])
      // With one layer, all layers are that one.
      #expect(of[0].predictionChange == of[1].predictionChange && of[0].controls == of[1].controls)
    }
    // What becomes of 5000 is 0, about 0.7, or about 70.
    func effect(_ kind: String) throws -> Double {
      try #require(results.first { $0.kind == kind }?.predictionChange?.value)
    }
    let zero = try effect("zero")
    #expect(abs(try effect("median") - zero) < 0.01 * zero)
    #expect(try effect("clip") != zero && abs(try effect("clip") - zero) < 0.1 * zero)
  }

  @Test func theSameNumbersForAnyNumberOfThreadsAndSeedsMatter() throws {
    func run(_ threads: Int, _ seed: UInt64) throws -> [StudyResults.Intervention] {
      var one = intervention()
      one.seed = seed
      return try withThreadCount(threads) {
        try one.run(
          PlantedModel(.signs, seed: 9), on: plantedGraphs(24, seed: 9), task: .regression,
          label: "x")
      }
    }
    #expect(try run(1, 41) == run(4, 41))
    #expect(try run(1, 41)[0].controls[0] != run(1, 42)[0].controls[0])
    #expect(try run(1, 41)[0].controls[2] == run(1, 42)[0].controls[2])
  }

  @Test func oneGraphHasNoIntervalAndDegenerateScoresAreDefined() throws {
    let single = try intervention().run(
      PlantedModel(.channel, seed: 4, rarity: 2), on: plantedGraphs(1, seed: 4), task: .regression,
      label: "x")[0]
    #expect(single.predictionChange != nil && single.predictionChange?.lower == nil)
    for bad in [Float.nan, .infinity, 0] {
      let model = PlantedModel(.others, seed: 5)
      // A whole row, and one entry of another.
      model.change = { values in
        for channel in 0..<8 { values[channel] = bad }
        values[8 + 6] = bad
      }
      let result = try intervention().run(
        model, on: plantedGraphs(6, seed: 5), task: .regression, label: "x")[0]
      if bad == 0 {
        #expect(result.verdict == .idle)
      } else if bad.isNaN {
        // The model's own predictions are not numbers.
        #expect(result.verdict == .undefined && result.metricVerdict == .undefined)
      } else {
        #expect(result.metricVerdict == .undefined)
      }
    }
    let constant = PlantedModel(.others, seed: 5)
    constant.change = { for index in $0.indices { $0[index] = 1 } }
    let result = try intervention().run(
      constant, on: plantedGraphs(6, seed: 5), task: .regression, label: "x")[0]
    #expect(result.verdict == .none)
  }

  @Test func impossibleSettingsAndModelsAreNamed() throws {
    let graphs = plantedGraphs(3, seed: 1)
    func fails(
      _ field: String, _ change: (inout Intervention) -> Void
    ) {
      var bad = intervention()
      change(&bad)
      let error = #expect(throws: InputError.self) {
        try bad.run(PlantedModel(.channel, seed: 1), on: graphs, task: .regression, label: "x")
      }
      #expect(error?.field == field)
    }
    fails("kinds") { $0.kinds = [] }
    fails("kinds") { $0.kinds = [.zero, .zero] }
    fails("layers") { $0.layers = [7] }
    fails("layers") { $0.layers = [] }
    fails("draws") { $0.draws = 19 }
    fails("resamples") { $0.resamples = -1 }
    fails("batchSize") { $0.batchSize = 0 }
    fails("exampleLimit") { $0.exampleLimit = 0 }
    fails("threshold") { $0.detection.threshold = .nan }
    #expect(throws: InputError.self) {
      try intervention().run(
        PlantedModel(.channel, seed: 1), on: [Graph](), task: .regression, label: "x")
    }
    // A model that announces its scores but goes on with its own.
    let error = #expect(throws: InputError.self) {
      try intervention().run(
        WeighingModel(weights: [[1]], ratios: [[2000]]),
        on: [path([0, 0], targets: [1])], task: .regression, label: "x")
    }
    #expect(error?.found.contains("not offered") == true)
  }
}

@Suite("Interventions in models", .serialized)
struct ModelInterventionTests {
  private func graphs() -> [Graph] { plantedGraphs(12, seed: 2).map(typed) }

  private func typed(_ graph: Graph) -> Graph {
    var graph = graph
    graph.nodeTypes = IntegerFeatures(values: (0..<Int32(graph.nodeCount)).map { $0 % 28 })
    graph.edgeTypes = IntegerFeatures(values: (0..<Int32(graph.edgeCount)).map { $0 % 4 })
    return graph
  }

  private func check<Architecture: ModelArchitecture>(
    _ configuration: Architecture
  ) throws {
    let dataset = try configuration.prepare(
      GraphDataset(
        name: "x", train: graphs(), targetCount: 1, task: .regression))
    func scores(
      _ model: GraphNetwork<Float, Architecture>, _ observers: [any ActivationObserver]
    ) -> [Float] {
      withoutGradients {
        model(GraphBatch(dataset.train), .evaluation(observers: observers)).values
      }
    }
    // Some small readouts have no active unit, so that all graphs have the same score.
    let models = (4..<20).lazy.map { GraphNetwork<Float, Architecture>(configuration, seed: $0) }
    let model = try #require(models.first { Set(scores($0, [])).count > 1 })
    func scores(_ observers: [any ActivationObserver]) -> [Float] { scores(model, observers) }
    let clean = scores([])
    // An intervention that finds nothing leaves every bit.
    let nothing = ScoreIntervention(.zero, by: .row, threshold: 1e30)
    #expect(scores([nothing]) == clean)
    #expect(nothing.changedCounts.isEmpty)
    // One that finds something changes the graphs that hold it, and no others: the threshold is below the
    // largest ratio of layer 1 and above that of other graphs.
    let recorder = ActivationRecorder<Float>(kinds: [.edge], inOriginalOrder: false)
    _ = scores([recorder])
    let batch = GraphBatch(dataset.train)
    let (values, width) = (recorder.single(.edge, 1)!.values, 16)
    let largest = (0..<batch.graphCount).map { graph in
      let rows = (0..<batch.edgeCount).filter { Int(batch.edgeGraph[$0]) == graph }
      let all = rows.flatMap { values[$0 * width..<($0 + 1) * width] }
      let median = Median.magnitude(of: all)
      return all.map { $0.magnitude / median }.max() ?? 0
    }
    let threshold = 0.9 * largest.max()! + 0.1 * largest.min()!
    #expect(largest.contains { $0 <= threshold })
    let some = ScoreIntervention(.zero, by: .batch, threshold: threshold, layers: [1])
    let changed = scores([some])
    #expect((some.changedCounts[1] ?? 0) > 0 && some.changedCounts.count == 1)
    #expect(changed != clean)
    for graph in 0..<batch.graphCount where largest[graph] <= threshold {
      #expect(changed[graph] == clean[graph])
    }
  }

  @Test func graphTransformer() throws {
    var configuration = GraphTransformerConfiguration(layerCount: 3, width: 16, headCount: 4)
    try check(configuration)
    configuration = configuration.withExplicitBias(true)
    try check(configuration)
  }

  @Test func sanAndGraphiT() throws {
    try check(SANConfiguration(layerCount: 3, width: 16, headCount: 4))
    var full = GraphiTConfiguration(layerCount: 3, width: 16, headCount: 4)
    full.shared.isFullGraph = true
    try check(full)
  }

  @Test func egat() throws {
    try check(
      EGATConfiguration(layerCount: 3, width: 16, headCount: 4, hasExplicitBias: true))
  }
}
