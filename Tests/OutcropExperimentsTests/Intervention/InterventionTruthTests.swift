import Foundation
import OutcropDatasets
import OutcropExperiments
import OutcropGraph
import OutcropModels
import OutcropStatistics
import OutcropTensor
import OutcropTestSupport
import Testing

/// What `Scripts/make_intervention_truth.py` computed with forward hooks in PyTorch.
private struct Truth: Decodable {
  struct Case: Decodable, CustomStringConvertible {
    let model, median, kind: String
    let threshold: Float
    let layer: Int?
    let entries: Int
    let predictions: [Float]

    var description: String {
      "\(model), \(kind) over \(threshold) by the \(median) median, layer \(layer.map(String.init) ?? "all")"
    }
  }
  let graphs: Int
  let clean: [String: [Float]]
  let cases: [Case]

  static func read() throws -> Truth {
    let url = try #require(
      Bundle.module.url(forResource: "interventions", withExtension: "json", subdirectory: "Truth"))
    return try JSONDecoder().decode(Truth.self, from: Data(contentsOf: url))
  }
}

@Suite(
  "Interventions against hooks of PyTorch",
  .enabled(
    if: SharedFolder.has("golden/gt_zinc_trained.safetensors") && SharedFolder.has("data/ZINC"),
    "the golden files or ZINC are not there"))
struct InterventionTruthTests {
  @Test(arguments: ["nobias", "ebt"])
  func effects(_ name: String) throws {
    let truth = try Truth.read()
    let file = try Golden.file("gt_zinc_trained.safetensors")
    let model = GraphTransformer<Float>(
      GraphTransformerConfiguration.zinc.withExplicitBias(name == "ebt"), seed: 0)
    try model.load(from: file, prefix: "\(name)/")
    let graphs = Array(
      try TUDataset.read(
        SharedFolder.url.appendingPathComponent("data/ZINC").path,
        options: .init(targetFile: "graph_attributes_gcpn")
      ).test.prefix(truth.graphs))
    let clean = try scores(model, graphs, [])
    let expectedClean = try #require(truth.clean[name])
    let means = try channelMeans(model, graphs)
    let cases = truth.cases.filter { $0.model == name }
    #expect(cases.count >= 20)
    for one in cases {
      let intervention = ScoreIntervention(
        try #require(InterventionKind(rawValue: one.kind)),
        by: try #require(MedianKind(rawValue: one.median)), threshold: one.threshold,
        layers: one.layer.map { [$0] }, channelMeans: means)
      let changed = try scores(model, graphs, [intervention])
      #expect(intervention.changedCounts.values.reduce(0, +) == one.entries, "\(one)")
      var worst: Float = 0
      for graph in graphs.indices {
        let effect = changed[graph] - clean[graph]
        worst = max(worst, abs(effect - (one.predictions[graph] - expectedClean[graph])))
      }
      #expect(worst <= 1e-5, "\(one): \(worst)")
      if one.entries == 0 { #expect(changed == clean) }
    }
  }

  private func scores(
    _ model: GraphTransformer<Float>, _ graphs: [Graph], _ observers: [any ActivationObserver]
  ) throws -> [Float] {
    try Evaluation(of: model, on: graphs, task: .regression, observers: observers).scores
  }

  private func channelMeans(
    _ model: GraphTransformer<Float>, _ graphs: [Graph]
  ) throws -> [Int: [Float]] {
    let recorder = ActivationRecorder<Float>(kinds: [.edge])
    _ = try scores(model, graphs, [recorder])
    return Dictionary(
      uniqueKeysWithValues: recorder.activations.map { key, batches in
        let values = batches.flatMap(\.values)
        let width = batches[0].shape[1]
        let sums = (0..<width).map { channel in
          stride(from: channel, to: values.count, by: width).reduce(0.0) {
            $0 + Double(values[$1])
          }
        }
        return (key.layer, sums.map { Float($0 / Double(values.count / width)) })
      })
  }
}
