import Foundation
import OutcropCore
import OutcropDatasets
import OutcropExperiments
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics
import OutcropTensor
import Testing

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
        for median in MedianKind.allCases {
          let ratios = try #require(edge[median])
          #expect(ratios.batchMaxima.count == dataset.test.count)
          #expect(ratios.byEdgeType.reduce(0) { $0 + $1.edges } == edges)
          #expect(ratios.gammaFit != nil && ratios.verdict != nil)
          #expect((ratios.againstBase != nil) == (run.kind != .base))
        }
        #expect(edge.rowMedian != edge.batchMedian)
      }
    }
    // Training changes the model, and the bias term makes another one.
    #expect(results.runs[0].testMetric != results.runs[1].testMetric)
    #expect(results.runs[1].testMetric != results.runs[2].testMetric)
  }

  @Test("After each model but the last, the results so far and the models that follow are given")
  func progress() throws {
    final class Log: Study.Observer {
      var partial: [StudyResults] = []
      func progress(of label: String) -> (any TrainingProgress)? { nil }
      func note(_ text: String) {}
      func finished(_ results: StudyResults) { partial.append(results) }
    }
    let (study, dataset) = try smallStudy(epochs: 1)
    let log = Log()
    let results = timeless(try study.run(on: dataset, observer: log))
    #expect(results.unfinished == nil)
    #expect(log.partial.count == 2)
    for (count, partial) in zip(1..., log.partial) {
      #expect(timeless(partial).runs == Array(results.runs.prefix(count)))
      #expect(
        partial.unfinished?.map(\.label) == results.runs.dropFirst(count).map(\.label))
      #expect(partial.unfinished?.map(\.epochs) == Array(repeating: 1, count: 3 - count))
      #expect(try StudyResults(json: partial.json()) == partial)
    }
    var wrong = log.partial[0]
    wrong.unfinished?[0].epochs = -1
    let error = #expect(throws: InputError.self) { try StudyResults(json: wrong.json()) }
    #expect(error?.field == "unfinished[0].epochs")
  }

  /// One median alone is the same as beside the other.
  @Test func eachMedianAlone() throws {
    var (study, dataset) = try smallStudy(epochs: 1)
    let both = timeless(try study.run(on: dataset))
    #expect(both.medians == [.row, .batch])
    for (median, other) in [(MedianKind.row, MedianKind.batch), (.batch, .row)] {
      study.detection.medians = [median]
      let one = timeless(try study.run(on: dataset))
      #expect(one.medians == [median])
      for (found, expected) in zip(one.runs.flatMap(\.layers), both.runs.flatMap(\.layers)) {
        var edge = try #require(expected.edge)
        edge[other] = nil
        #expect(found.edge == edge)
      }
    }
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

@Suite("Summaries of a model's activations")
struct SummaryObserverTests {
  private let dataset = SampleDataset.make(seed: 5, sizes: (train: 1, validation: 1, test: 7))

  private func model(_ layers: Int) -> GraphTransformer<Float> {
    var configuration = GraphTransformerConfiguration.zinc
    (configuration.hiddenWidth, configuration.outputWidth) = (16, 16)
    configuration.layerCount = layers
    return GraphTransformer<Float>(configuration, seed: 1)
  }

  /// What one batch of all graphs shows equals what the graphs show one by one.
  @Test func batchesDoNotMatter() throws {
    let model = model(2)
    let (all, single) = (
      SummaryObserver(kinds: [.edge, .node], edgeKinds: dataset.edgeKinds),
      SummaryObserver(kinds: [.edge, .node], edgeKinds: dataset.edgeKinds)
    )
    _ = withoutGradients { model(GraphBatch(dataset.test), .evaluation(observers: [all])) }
    for graph in dataset.test {
      _ = withoutGradients { model(GraphBatch([graph]), .evaluation(observers: [single])) }
    }
    var placesCompared = 0
    for kind in [ActivationKind.edge, .node] {
      for (whole, parts) in zip(all.summaries[kind]!, single.summaries[kind]!) {
        #expect(whole.batchCount == 7 && parts.batchCount == 7)
        #expect(whole.rowCount == parts.rowCount)
        #expect(whole.row.types.map(\.rowCount) == parts.row.types.map(\.rowCount))
        // The same numbers but for rounding, which batches change.
        let (a, b) = (
          try #require(whole.row.largest.first), try #require(parts.row.largest.first)
        )
        #expect(abs(a.ratio - b.ratio) < 1e-3 * a.ratio)
        // Where the second largest is nearly as large, rounding decides which place is the first: both
        // may move by the bound above.
        let second = try #require(whole.row.largest.dropFirst().first)
        if second.ratio < a.ratio * (1 - 2e-3) {
          #expect(a.batch == b.batch && a.row == b.row && a.channel == b.channel)
          placesCompared += 1
        }
      }
    }
    #expect(placesCompared > 0)
    let edges = dataset.test.reduce(0) { $0 + $1.edgeCount }
    #expect(all.summaries[.edge]![1].rowCount == edges)
  }

  @Test func positionNamesTheEdge() throws {
    let observer = SummaryObserver(edgeKinds: dataset.edgeKinds)
    _ = withoutGradients {
      model(1)(GraphBatch(dataset.test), .evaluation(observers: [observer]))
    }
    let layer = observer.layerResults(DetectionOptions(), typeName: { "\($0)" })[0]
    let position = try #require(layer[.edge(.row)]?.largestPosition)
    let graph = dataset.test[try #require(position.graph)]
    let edge = (0..<graph.edgeCount).first {
      Int(graph.sources[$0]) == position.source
        && Int(graph.destinations[$0]) == position.destination
    }
    #expect(try Int(graph.edgeTypes![#require(edge), 0]) == position.edgeType)
  }

  /// The exact statistics of everything that was exported are those of the summaries.
  @Test func exportHoldsWhatSummariesSaw() throws {
    let path = NSTemporaryDirectory() + UUID().uuidString + ".safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let kinds: Set<ActivationKind> = [.edge, .node, ActivationKind(rawValue: "FFN_h_layer2")]
    let export = ActivationExport(to: path, kinds: kinds, edgeKinds: dataset.edgeKinds)
    let observer = SummaryObserver(kinds: kinds, edgeKinds: dataset.edgeKinds)
    _ = try Evaluation(
      of: model(2), on: dataset.test, task: dataset.task, batchSize: 3,
      observers: [export, observer])
    try export.finish()
    let file = try SafetensorsFile(path: path)
    for kind in kinds {
      for (layer, summary) in observer.summaries[kind]!.enumerated() {
        let name = "\(kind.rawValue)/\(layer)"
        let exact = try ReferenceStatistics(
          try file.floats(name), rowCount: summary.rowCount, width: 16,
          batchOffsets: try file.integers(name + "/batch_offsets").map { Int($0) },
          edgeTypes: kind == .edge
            ? try file.integers(name + "/edge_types").map { Int32($0) } : nil)
        #expect(exact.row.ratios.largest?.ratio == summary.row.largest.first?.ratio)
        #expect(
          exact.row.ratios.batchMaxima.values
            == summary.row.batchMaxima.entries?.map(\.maximum))
        #expect(exact.row.ratios.edgeTypes == summary.edgeTypeShares(.row))
      }
    }
    // Nothing of the parts is left.
    let left = try FileManager.default.contentsOfDirectory(atPath: NSTemporaryDirectory())
      .filter { $0.contains(URL(fileURLWithPath: path).lastPathComponent) }
    #expect(left == [URL(fileURLWithPath: path).lastPathComponent])
  }

  @Test func studyOfModules() throws {
    var (study, dataset) = try smallStudy(epochs: 1)
    study.activations = [.edge, .nodeOutput, ActivationKind(rawValue: "FFN_e_layer2")]
    study.arms = [.base, .adaptive(.learned)]
    study.seeds = [1, 2]
    study.attribution = AttributionOptions()
    study.attribution?.fidelityGraphCount = 5
    study.attribution?.resamples = 20
    let results = try study.run(on: dataset)
    #expect(results.runs.map(\.seed) == [1, 1, 2, 2])
    #expect(results.runs.map(\.kind) == [.base, .adaptive, .base, .adaptive])
    for run in results.runs {
      #expect(Set(run.layers[0].modules.keys) == ["node_output", "FFN_e_layer2"])
      #expect(run.layers[0].node == nil)
      for median in MedianKind.allCases {
        let ratios = try #require(run.layers[0][.edge(median)])
        #expect(ratios.verdict != nil)
        #expect(ratios.gammaFit?.kolmogorovSmirnov.method == .bootstrap)
        #expect(run.layers[0].modules["node_output"]?[median] != nil)
      }
    }
    #expect(results.attributions.count == 1)
    #expect(results.attributions[0].correlations.count == 12)
    #expect(results.attributions[0].drawings.count == 4)
    #expect(try StudyResults(json: results.json()) == results)
  }

  @Test func followedEpochsEndWhereTheRunEnds() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var (study, dataset) = try smallStudy(epochs: 2)
    (study.folder, study.snapshotInterval) = (folder, 1)
    study.arms = [.base, .trained, .adaptive(.driven(BiasDrive()))]
    let runs = try study.run(on: dataset).runs
    #expect(runs[0].followed.isEmpty)
    for run in runs.dropFirst() {
      #expect(run.followed.map(\.epoch) == [0, 1, 2])
      let last = try #require(run.followed.last)
      #expect(last.metric == run.testMetric?.value)
      for (layer, found) in zip(run.layers, last.layers) {
        for median in MedianKind.allCases {
          let (ratios, expected) = (
            try #require(found[median]), try #require(layer[.edge(median)])
          )
          #expect(ratios.largestRatio == expected.largestRatio)
          #expect(ratios.distanceFromFit == expected.gammaFit?.kolmogorovSmirnov.statistic)
          #expect(ratios.distanceFromBase == expected.againstBase?.statistic)
        }
        #expect((found.biasStrength != nil) == (run.kind == .adaptive))
      }
    }
  }
  @Test func distributionsAreComparedOnHeldOutGraphs() throws {
    var (study, dataset) = try smallStudy(epochs: 1)
    study.arms = [.base, .trained]
    study.comparesDistributions = true
    let results = try study.run(on: dataset)
    let found = try #require(results.distributions)
    // Two arms, two layers, two medians.
    #expect(found.count == 8 && Set(found.map(\.label)) == ["untrained", "trained"])
    for one in found {
      #expect(one.fittedGraphs == 10 && one.heldOutGraphs == 10)
      #expect(one.families.count == 5 && one.best != nil)
      let best = try #require(one.families.first { $0.family == one.best })
      let likelihood = try #require(best.heldOutMeanLogLikelihood)
      #expect(one.families.allSatisfy { ($0.heldOutMeanLogLikelihood ?? 0) <= likelihood })
      #expect(one.families.allSatisfy { 0...1 ~= ($0.heldOutDistance ?? -1) })
    }
    #expect(try StudyResults(json: results.json()).distributions == found)
    let single = GraphDataset(
      name: "one", train: dataset.train, validation: dataset.validation, test: [dataset.test[0]],
      nodeTypeCount: dataset.nodeTypeCount, edgeTypeCount: dataset.edgeTypeCount,
      task: .regression)
    #expect(throws: InputError.self) { try study.check(on: single) }
  }
}
