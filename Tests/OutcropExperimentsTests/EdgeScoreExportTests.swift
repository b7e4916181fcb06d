import OutcropDatasets
import OutcropExperiments
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics
import OutcropTensor
import Testing

/// Counts by head and channel, and exported scores, against summaries that are computed in another way.
@Suite struct EdgeScoreExportTests {
  private let dataset = SampleDataset.make(seed: 5, sizes: (train: 0, validation: 0, test: 14))

  private func model() -> GraphNetwork<Float, GraphTransformerConfiguration> {
    var configuration = GraphTransformerConfiguration.zinc
    configuration.shared.layerCount = 2
    configuration.shared.hiddenWidth = 16
    configuration.shared.outputWidth = 16
    configuration.shared.headCount = 4
    return GraphNetwork(configuration, seed: 2)
  }

  private func observe(_ observers: [any ActivationObserver], batchSize: Int) {
    for start in stride(from: 0, to: dataset.test.count, by: batchSize) {
      let batch = GraphBatch(dataset.test[start..<min(dataset.test.count, start + batchSize)])
      withoutGradients { _ = model()(batch, .evaluation(observers: observers)) }
    }
  }

  @Test(arguments: [1, 5, 100]) func channelsAddUpToTheSummaries(batchSize: Int) throws {
    let thresholds: [Float] = [2, 8, 32]
    let counter = ChannelCounter(thresholds: thresholds, edgeKinds: dataset.edgeKinds)
    let summaries = SummaryObserver(
      kinds: [.edge], options: .init(threshold: 32, thresholds: thresholds),
      edgeKinds: dataset.edgeKinds)
    observe([counter, summaries], batchSize: batchSize)
    for layer in 0..<2 {
      for median in MedianKind.allCases {
        let found = try #require(counter.results(layer: layer, median) { "type \($0)" })
        let summary = try #require(summaries.summaries[.edge]?[layer])
        let counts = summary.counts(median)
        for (index, threshold) in found.thresholds.enumerated() {
          let all = found.types.reduce(0) { $0 + $1.over[index].reduce(0, +) }
          #expect(all == counts.first { Double($0.threshold) == threshold }?.entries)
          #expect(all > 0)
        }
        for type in found.types {
          let id = Int32(try #require(type.id))
          #expect(type.over.allSatisfy { $0.count == 16 && $0.allSatisfy { $0 <= type.edges } })
          #expect(
            type.edges
              == dataset.test.reduce(0) { sum, graph in
                sum + dataset.edgeKinds(graph.edgeTypes, count: graph.edgeCount).count { $0 == id }
              })
        }
      }
    }
  }

  /// One channel at a time, by sorting.
  @Test func channelsAreThoseOfTheRecordedActivations() throws {
    let recorder = ActivationRecorder<Float>()
    let counter = ChannelCounter(thresholds: [4], edgeKinds: dataset.edgeKinds)
    let batch = GraphBatch(dataset.test[0..<1])
    withoutGradients { _ = model()(batch, .evaluation(observers: [recorder, counter])) }
    let values = try #require(recorder.single(.edge, 1)).values.map(\.magnitude)
    var over = [Int](repeating: 0, count: 16)
    for row in stride(from: 0, to: values.count, by: 16) {
      let sorted = values[row..<row + 16].sorted()
      let median = (sorted[7] + sorted[8]) / 2
      for channel in 0..<16 where values[row + channel] / median > 4 { over[channel] += 1 }
    }
    let found = try #require(counter.results(layer: 1, .row) { "type \($0)" })
    let all = (0..<16).map { channel in found.types.reduce(0) { $0 + $1.over[0][channel] } }
    #expect(all == over && over.contains { $0 > 0 })
    #expect(counter.results(layer: 7, .row) { "\($0)" } == nil)
  }

  @Test func everyEdgeHasALine() throws {
    var export = EdgeScoreExport()
    (export.threshold, export.drawingCount, export.batchSize) = (20, 3, 4)
    let content = export.content(of: model(), on: dataset, split: .test)
    let lines = content.edges.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let heads = lines[0]
    #expect(lines.allSatisfy { $0.count == heads.count })
    #expect(lines.count == 1 + dataset.test.reduce(0) { $0 + $1.edgeCount })
    func column(_ name: String) throws -> [String] {
      let index = try #require(heads.firstIndex(of: name))
      return lines.dropFirst().map { $0[index] }
    }
    #expect(try column("source") == dataset.test.flatMap(\.sources).map { "\($0)" })
    #expect(try column("destination") == dataset.test.flatMap(\.destinations).map { "\($0)" })
    #expect(
      try column("graph")
        == dataset.test.enumerated().flatMap { [String](repeating: "\($0)", count: $1.edgeCount) })
    // The largest ratios by both medians are those of the summaries.
    let summaries = SummaryObserver(
      kinds: [.edge], options: .init(threshold: 20), edgeKinds: dataset.edgeKinds)
    observe([summaries], batchSize: 100)
    for median in MedianKind.allCases {
      for layer in 0..<2 {
        let ratios = try column("\(median.rawValue)_ratio_layer_\(layer)").compactMap { Float($0) }
        let largest = summaries.summaries[.edge]?[layer][median].largest.first?.ratio
        #expect(ratios.max() == largest)
      }
      let over = try column("\(median.rawValue)_ratio").compactMap { Float($0) }
      #expect(over.count == lines.count - 1)
    }
    #expect(content.drawings.count == 3)
    #expect(Set(content.headMaps.map(\.layer)).isSubset(of: [0, 1]) && !content.headMaps.isEmpty)
    #expect(content.headMaps.allSatisfy { $0.figure.width <= 440 })
  }
}
