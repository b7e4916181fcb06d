import Foundation
import OutcropCore
import OutcropDatasets
import OutcropExperiments
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics
import OutcropTestSupport
import Testing

@Suite("Calibration of detection", .serialized)
struct CalibrationTests {
  private static let configuration = GraphTransformerConfiguration(
    layerCount: 2, width: 16, headCount: 4)

  /// The layers' summaries of an untrained model on `graphs`.
  private func summaries(_ seed: UInt64, _ graphs: [Graph]) throws -> [ActivationSummary] {
    let observer = SummaryObserver(kinds: [.edge])
    _ = try Evaluation(
      of: GraphTransformer<Float>(Self.configuration, seed: seed), on: graphs, task: .regression,
      observers: [observer])
    return observer.summaries[.edge] ?? []
  }

  /// log₁₀ of the largest ratios [layers][graphs] of an untrained model.
  private func maxima(_ seed: UInt64, _ graphs: [Graph]) throws -> [[Double]] {
    try summaries(seed, graphs).map { summary in
      summary[.row].batchMaxima.entries!.map { log10(Double($0.maximum!)) }
    }
  }

  private func graphs(sameGraph: Bool) -> [Graph] {
    let graphs = SampleDataset.make(seed: 3, sizes: (train: 1, validation: 1, test: 8)).test
    return sameGraph ? [Graph](repeating: graphs[0], count: 8) : graphs
  }

  /// Calibrations on 16 of 1,016 untrained models, each tested on the 1,000 others. Graphs that are all the same
  /// depend on each other as far as they can.
  @Test(.timeLimit(.minutes(5)), arguments: [false, true])
  func theErrorRateOnUntrainedModels(sameGraph: Bool) throws {
    let graphs = graphs(sameGraph: sameGraph)
    let models = try (0..<1016).map { try maxima(5_000 + UInt64($0), graphs) }
    let largest = models.map { $0.map { $0.max()! } }
    var generator = RandomGenerator(seed: 8)
    var (over, tested, powerful, planted) = (0, 0, 0, 0)
    for number in 0..<200 {
      let order = generator.permutation(models.count)
      let calibration = try ExtremeCalibration(
        (0..<2).map { layer in order.prefix(16).map { models[$0][layer] } }, simulations: 1000,
        seed: UInt64(number))
      let thresholds = calibration.layers.map { $0.threshold! }
      for model in order.dropFirst(16) {
        tested += 1
        over += zip(largest[model], thresholds).contains { $0 > $1 } ? 1 : 0
      }
      // Planted: three times the largest untrained ratio.
      for (layer, threshold) in zip(calibration.layers, thresholds) {
        planted += 1
        powerful += layer.seedMaxima.max()! + log10(3) > threshold ? 1 : 0
      }
    }
    let share = Double(over) / Double(tested)
    #expect(abs(share - 0.05) <= 0.015, "\(share)")
    #expect(Double(powerful) >= 0.9 * Double(planted), "\(powerful) of \(planted)")
  }

  @Test func resultsOfSummaries() throws {
    let graphs = graphs(sameGraph: false)
    let untrained = try (0..<8).map { try summaries(UInt64($0), graphs) }
    let tested = try summaries(99, graphs)
    for median in MedianKind.allCases {
      let result = try StudyResults.Calibration(
        untrained: untrained, median: median, label: "untrained",
        tested: [("one of them", 3, untrained[3]), ("another", nil, tested)])
      #expect(result.seeds == 8 && result.graphs == 8 && result.layers.map(\.index) == [0, 1])
      #expect(result.tests.map(\.label) == ["one of them", "another"])
      for (layer, test) in zip(result.layers, result.tests[0].layers) {
        #expect(abs(layer.seedMaxima[3] - test.largestRatio!) < 1e-9 * layer.seedMaxima[3])
        #expect(test.isOver == (test.largestRatio! > layer.threshold!))
        #expect((test.entriesOver! > 0) == test.isOver)
        #expect(test.pValue! <= test.benjaminiHochberg! && test.benjaminiHochberg! <= test.holm!)
      }
    }
    #expect(throws: StatisticsError.self) {
      try StudyResults.Calibration(
        untrained: untrained, median: .row, label: "x", tested: [("x", nil, [tested[0]])])
    }
    #expect(throws: StatisticsError.self) {
      try StudyResults.Calibration(
        untrained: Array(untrained.prefix(7)), median: .row, label: "x", tested: [])
    }
  }

  @Test func aStudyComparesEveryArmWithItsOwnKind() throws {
    let dataset = SampleDataset.make(seed: 3, sizes: (train: 32, validation: 8, test: 10))
    var configuration = ExperimentConfiguration.standard
    for (field, value) in [
      "L": 2.0, "hidden_dim": 16, "out_dim": 16, "n_heads": 4, "epochs": 1, "batch_size": 16,
    ] {
      configuration.set(field, .number(value))
    }
    var study = Study(
      model: try configuration.model(for: dataset), training: try configuration.training())
    study.seeds = [1, 2]
    study.calibration = Calibration()
    study.calibration?.seedCount = 8
    study.intervention = Intervention()
    study.intervention?.kinds = [.zero]
    study.intervention?.resamples = 20
    study.detection.threshold = 50
    let results = try study.run(on: dataset)
    let calibrations = try #require(results.calibrations)
    #expect(calibrations.map(\.median) == [.row, .batch, .row, .batch])
    #expect(calibrations[0].tests.map(\.label) == ["trained", "trained"])
    #expect(calibrations[2].tests.map(\.label) == ["with EBT", "with EBT"])
    #expect(calibrations[0].tests.map(\.seed) == [1, 2])
    for (test, run) in zip(calibrations[0].tests, results.runs.filter { $0.kind == .trained }) {
      for (layer, known) in zip(test.layers, run.layers) {
        let ratio = try #require(known.edge?.rowMedian?.largestRatio)
        #expect(abs(layer.largestRatio! - ratio) < 1e-6 * ratio)
      }
    }
    let interventions = try #require(results.interventions)
    #expect(Set(interventions.filter { $0.seeds == nil }.map(\.seed)) == [1, 2])
    for mean in interventions where mean.seeds != nil {
      let of = interventions.filter {
        $0.seeds == nil && $0.label == mean.label && $0.median == mean.median
          && $0.layer == mean.layer && $0.entries > 0
      }
      #expect(of.count == mean.seeds)
      let value = of.reduce(0) { $0 + $1.predictionChange!.value } / Double(of.count)
      #expect(abs(mean.predictionChange!.value - value) < 1e-12)
    }
    // Everything comes back from its file.
    #expect(try StudyResults(json: results.json()).calibrations == results.calibrations)
    #expect(try StudyResults(json: results.json()).interventions == results.interventions)
    study.calibration?.seedCount = 7
    #expect(throws: InputError.self) { try study.check(on: dataset) }
    study.calibration?.seedCount = 8
    study.activations = [.node]
    #expect(throws: InputError.self) { try study.check(on: dataset) }
  }
}
