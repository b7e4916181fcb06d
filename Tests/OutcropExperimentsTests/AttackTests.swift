import Foundation
import OutcropCore
import OutcropDatasets
import OutcropExperiments
import OutcropModels
import OutcropReport
import Testing

@Suite("Noise attack")
struct AttackTests {
  private let dataset = SampleDataset.make(seed: 3, sizes: (train: 64, validation: 16, test: 20))

  private func model(_ seed: UInt64) -> GraphTransformer<Float> {
    var configuration = GraphTransformerConfiguration.zinc
    (configuration.layerCount, configuration.hiddenWidth, configuration.outputWidth) = (2, 16, 16)
    configuration.headCount = 4
    return GraphTransformer<Float>(configuration, seed: seed)
  }

  @Test func optimizedNoiseHarmsMoreThanRandomNoise() throws {
    let model = model(1)
    let before = model.parameters.map(\.parameter.value.values)
    var attack = Attack()
    attack.deviations = [0.01, 0.3]
    let results = try attack.run(
      model, on: dataset.test, task: dataset.task, label: "trained", modelSeed: 1)
    #expect(results.map(\.deviation) == [0.01, 0.3])
    let clean = try Evaluation(of: model, on: dataset.test, task: dataset.task).loss
    for result in results {
      #expect(abs(result.cleanLoss - clean) < 1e-6)
      #expect(result.randomLosses.count == 3 && result.examples == 20)
      for (random, optimized) in zip(result.randomLosses, result.optimizedLosses) {
        #expect(optimized > random)
      }
      #expect(result.gain > 0)
    }
    // More noise harms more, and the model is as it was.
    #expect(results[1].optimizedLosses[0] > results[0].optimizedLosses[0])
    #expect(model.parameters.map(\.parameter.value.values) == before)
    // The seed fixes the noise.
    #expect(
      try attack.run(model, on: dataset.test, task: dataset.task, label: "trained", modelSeed: 1)
        == results)
  }

  /// No steps of ascent leave the noise as it was drawn, whatever the batch size.
  @Test func withoutStepsBothAreTheSameNoise() throws {
    var attack = Attack()
    (attack.steps, attack.draws, attack.deviations) = (0, 2, [0.1])
    let result = try attack.run(
      model(2), on: dataset.test, task: dataset.task, label: "trained", modelSeed: nil)[0]
    #expect(result.randomLosses == result.optimizedLosses)
    #expect(result.randomLosses[0] != result.randomLosses[1])
    #expect(result.gain == 0)
  }
}

@Suite("Ablation", .serialized)
struct AblationTests {
  @Test func plainAndChangedGraphsSideBySide() throws {
    let dataset = SampleDataset.make(seed: 3, sizes: (train: 64, validation: 16, test: 20))
    var configuration = ExperimentConfiguration.standard
    for (field, value) in [
      "L": 2.0, "hidden_dim": 16, "out_dim": 16, "n_heads": 4, "epochs": 1, "batch_size": 32,
    ] {
      configuration.set(field, .number(value))
    }
    var ablation = Ablation(
      Study(model: try configuration.model(for: dataset), training: try configuration.training()))
    ablation.fraction = 0.5
    ablation.includesExplicitBias = true
    let results = try ablation.run(on: dataset, modelFor: { try configuration.model(for: $0) })
    #expect(results.experiment == .ablation)
    #expect(results.runs.map(\.kind) == [.base, .trained, .base, .ablated, .ablated])
    let types = try #require(results.runs[3].layers[0].edge?.rowMedian?.byEdgeType)
    #expect(types.last?.name == "meaningless")
    let extra = Double(try #require(types.last?.edges))
    let own = Double(types.dropLast().reduce(0) { $0 + $1.edges })
    #expect(abs(extra / own - 0.5) < 0.05)
    #expect(
      results.runs[1].layers[0].edge?.rowMedian?.byEdgeType.contains { $0.name == "meaningless" }
        == false)
  }
}

extension AblationTests {
  @Test func relabeledAndExtraEdgesInOneResult() throws {
    let dataset = SampleDataset.make(seed: 3, sizes: (train: 64, validation: 16, test: 20))
    var configuration = ExperimentConfiguration.standard
    for (field, value) in [
      "L": 2.0, "hidden_dim": 16, "out_dim": 16, "n_heads": 4, "epochs": 1, "batch_size": 32,
    ] {
      configuration.set(field, .number(value))
    }
    var ablation = Ablation(
      Study(model: try configuration.model(for: dataset), training: try configuration.training()))
    ablation.kinds = [.relabel, .extra]
    let results = try ablation.run(on: dataset, modelFor: { try configuration.model(for: $0) })
    #expect(
      results.runs.map(\.label) == [
        "untrained", "trained", "untrained, relabeled edges", "trained, relabeled edges",
        "untrained, extra edges", "trained, extra edges",
      ])
    #expect(
      results.runs.map(\.kind) == [.base, .trained, .base, .relabeled, .base, .ablated])
    func shares(_ run: Int) throws -> [Double] {
      let types = try #require(results.runs[run].layers[0].edge?.rowMedian?.byEdgeType)
      let total = Double(types.reduce(0) { $0 + $1.edges })
      return types.map { Double($0.edges) / total }
    }
    // Drawn types are equally frequent, those of the data are not.
    let (plain, drawn) = (try shares(1), try shares(3))
    #expect(drawn.allSatisfy { abs($0 - 1 / Double(drawn.count)) < 0.05 })
    #expect(plain.max()! > 0.6)
    #expect(Findings.sentences(results).contains { $0.contains("edge types carry no information") })
    #expect(results.notes.contains { $0.hasPrefix("Relabeled edges:") })
  }
}

@Suite("Sweep")
struct SweepTests {
  private func file(_ json: String) throws -> String {
    let path = NSTemporaryDirectory() + UUID().uuidString + ".json"
    try Data(json.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func everyCombinationOnce() throws {
    let path = try file(#"{"grid": {"L": [1, 2], "seed": [5, 6, 7]}, "thresholds": [100, 10]}"#)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let sweep = try Sweep(contentsOf: path)
    #expect(sweep.points.count == 6 && Set(sweep.points.map(\.key)).count == 6)
    #expect(sweep.points[0].key == #"{"L":1,"seed":5}"#)
    #expect(sweep.points[0].label == "L=1")
    #expect(sweep.thresholds == [100, 10])
  }

  @Test func aRunCountsAtTheThresholds() throws {
    let path = try file(
      #"{"grid": {"L": [1], "hidden_dim": [16], "n_heads": [4], "out_dim": [16], "epochs": [1]}, "thresholds": [20]}"#
    )
    defer { try? FileManager.default.removeItem(atPath: path) }
    let sweep = try Sweep(contentsOf: path)
    let dataset = SampleDataset.make(seed: 3, sizes: (train: 32, validation: 8, test: 8))
    let run = try sweep.run(sweep.points[0], on: dataset, checkpoint: nil)
    #expect(run.kind == .trained && run.epochs == 1)
    #expect(run.layers[0].edge!.rowMedian!.massiveCount > 0)
    let line = SweepLine(sweep.points[0], run)
    let lines = NSTemporaryDirectory() + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: lines) }
    // The second line was cut short by an interruption.
    let text = try line.json() + Data("\n{\"key\": \"x\", \"ru".utf8)
    try text.write(to: URL(fileURLWithPath: lines))
    #expect(try SweepLine.all(in: lines).map(\.key) == [sweep.points[0].key])
  }

  @Test(arguments: [
    "[]", "{}", #"{"grid": []}"#, #"{"grid": {"L": 4}}"#, #"{"grid": {"L": []}}"#,
    #"{"grid": {"L": [4, 4]}}"#, #"{"grid": {}, "threshold": 3}"#,
    #"{"grid": {}, "thresholds": [-1]}"#,
    #"{"grid": {"L": [1]}, "thresholds": [7, 7]}"#, #"{"grid": {}, "config": "nowhere.json"}"#,
  ])
  func mistakesAreNamed(_ json: String) throws {
    let path = try file(json)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: InputError.self) { try Sweep(contentsOf: path) }
  }
}
