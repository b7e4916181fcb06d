import Foundation
import OutcropBLAS
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics
import OutcropTensor
import Testing

import OutcropExperiments

/// A study that takes seconds.
private func smallStudy(epochs: Int) throws -> (Study, GraphDataset) {
  let dataset = SampleDataset.make(seed: 3, sizes: (train: 96, validation: 24, test: 20))
  var configuration = ExperimentConfiguration.standard
  for (field, value) in [
    "L": 2.0, "hidden_dim": 16, "out_dim": 16, "n_heads": 4, "epochs": Double(epochs),
    "batch_size": 32,
  ] {
    configuration.set(field, .number(value))
  }
  return (
    Study(model: try configuration.model(for: dataset), training: try configuration.training()),
    dataset
  )
}

/// Results without what differs from run to run: times, memory and the date.
private func timeless(_ results: StudyResults) -> StudyResults {
  var results = results
  results.date = ""
  for run in results.runs.indices {
    results.runs[run].secondsPerEpoch = nil
    results.runs[run].peakMemoryMB = nil
    for epoch in results.runs[run].history.indices {
      results.runs[run].history[epoch].seconds = 0
      results.runs[run].history[epoch].peakMemoryMB = nil
    }
  }
  return results
}

private func temporaryFolder() throws -> String {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder.path
}

@Suite(.serialized)
struct StudyTests {
  @Test func threeRunsWithAllLayers() throws {
    let (study, dataset) = try smallStudy(epochs: 2)
    let results = try study.run(on: dataset)
    #expect(results.runs.map(\.kind) == [.base, .trained, .ebt])
    #expect(results.dataset?.isSynthetic == true)
    let edges = dataset.test.reduce(0) { $0 + $1.edgeCount }
    let nodes = dataset.test.reduce(0) { $0 + $1.nodeCount }
    for run in results.runs {
      #expect(run.layers.map(\.index) == [0, 1])
      #expect(run.history.count == (run.kind == .base ? 0 : 2))
      #expect(run.testMetric?.name == "MAE")
      for layer in run.layers {
        let edge = try #require(layer.edge)
        let node = try #require(layer.node)
        #expect(edge.rows == edges && edge.width == 16 && node.rows == nodes)
        #expect(edge.batchMaxima.count == dataset.test.count)
        #expect(edge.byEdgeType.reduce(0) { $0 + $1.edges } == edges)
        #expect(edge.gammaFit != nil)
        #expect((edge.againstBase != nil) == (run.kind != .base))
      }
    }
    // Training changes the model, and the bias term makes another one.
    #expect(results.runs[0].testMetric != results.runs[1].testMetric)
    #expect(results.runs[1].testMetric != results.runs[2].testMetric)
  }

  @Test func sameBitsForAnyThreadCount() throws {
    let (study, dataset) = try smallStudy(epochs: 1)
    let before = ThreadPool.threadCount
    defer { ThreadPool.threadCount = before }
    var all: [StudyResults] = []
    for count in [1, 2, 8] {
      ThreadPool.threadCount = count
      var results = timeless(try study.run(on: dataset))
      results.machine.threads = nil
      all.append(results)
    }
    #expect(all[0] == all[1])
    #expect(all[0] == all[2])
  }

  @Test func interruptedStudyEndsAsAnUninterruptedOne() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var (short, dataset) = try smallStudy(epochs: 1)
    short.folder = folder
    _ = try short.run(on: dataset)
    var (resumed, _) = try smallStudy(epochs: 3)
    resumed.folder = folder
    resumed.resumes = true
    let (whole, _) = try smallStudy(epochs: 3)
    #expect(timeless(try resumed.run(on: dataset)) == timeless(try whole.run(on: dataset)))
  }

  @Test func splitWithoutGraphsIsRefused() throws {
    let (study, dataset) = try smallStudy(epochs: 1)
    let empty = dataset.prefix(train: 10, validation: 2, test: 0)
    #expect(throws: TrainingError.self) { try study.run(on: empty) }
  }
}

struct ActivationCollectorTests {
  /// What the collector keeps equals what each graph gives alone.
  @Test func rowsBelongToTheirGraphs() throws {
    let dataset = SampleDataset.make(seed: 5, sizes: (train: 1, validation: 1, test: 7))
    var configuration = GraphTransformerConfiguration.zinc
    (configuration.layerCount, configuration.hiddenWidth, configuration.outputWidth) = (2, 16, 16)
    let model = GraphTransformer<Double>(configuration, seed: 1)
    let all = ActivationCollector()
    _ = withoutGradients { model(GraphBatch(dataset.test), .evaluation(observers: [all])) }
    for (number, graph) in dataset.test.enumerated() {
      let one = ActivationCollector()
      _ = withoutGradients { model(GraphBatch([graph]), .evaluation(observers: [one])) }
      for kind in [ActivationKind.edge, .node] {
        let whole = all.layers[kind]![1]
        let rows = whole.graphOffsets[number]..<whole.graphOffsets[number + 1]
        #expect(rows.count == (kind == .edge ? graph.edgeCount : graph.nodeCount))
        let part = whole.values[rows.lowerBound * whole.width..<rows.upperBound * whole.width]
        let gap = zip(part, one.layers[kind]![1].values).map { abs($0 - $1) }.max() ?? 0
        #expect(gap < 1e-6)
      }
    }
    let types = dataset.test.flatMap { graph in graph.edgeTypes!.values }.sorted()
    #expect(all.edgeTypes.sorted() == types)
  }

  @Test func positionNamesTheEdge() throws {
    let dataset = SampleDataset.make(seed: 6, sizes: (train: 1, validation: 1, test: 5))
    var configuration = GraphTransformerConfiguration.zinc
    (configuration.layerCount, configuration.hiddenWidth, configuration.outputWidth) = (1, 16, 16)
    let model = GraphTransformer<Float>(configuration, seed: 1)
    let collector = ActivationCollector()
    _ = withoutGradients { model(GraphBatch(dataset.test), .evaluation(observers: [collector])) }
    let layer = try collector.layerResults(DetectionOptions(), typeName: { "\($0)" })[0]
    let position = try #require(layer.edge?.largestPosition)
    let graph = dataset.test[try #require(position.graph)]
    let edge = (0..<graph.edgeCount).first {
      Int(graph.sources[$0]) == position.source
        && Int(graph.destinations[$0]) == position.destination
    }
    #expect(try Int(graph.edgeTypes![#require(edge), 0]) == position.edgeType)
  }
}
