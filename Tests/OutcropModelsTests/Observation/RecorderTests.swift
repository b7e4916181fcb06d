import Foundation
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("The recorder")
struct RecorderTests {
  @Test("keeps each batch, in the order in which edges were given or by destination")
  func recorder() throws {
    let graphs = Array(sample.train.prefix(5))
    let model = GraphTransformer<Float>(smallConfiguration(), seed: 1)
    let (given, grouped) = (
      ActivationRecorder<Float>(), ActivationRecorder<Float>(inOriginalOrder: false)
    )
    _ = try Evaluation(
      of: model, on: graphs, task: .regression, batchSize: 2, observers: [given, grouped])
    #expect(given.activations.count == 4)
    for layer in 0..<2 {
      for (number, start) in [0, 2, 4].enumerated() {
        let batch = GraphBatch(graphs[start..<min(5, start + 2)])
        let rows = given.activations[.edge(layer)]![number]
        let sorted = grouped.activations[.edge(layer)]![number]
        for (position, original) in batch.edges.originalOrder.enumerated() {
          let original = Int(original)
          #expect(
            rows.sliced(original..<original + 1).values
              == sorted.sliced(position..<position + 1).values)
        }
        #expect(
          given.activations[.node(layer)]![number].values
            == grouped.activations[.node(layer)]![number].values)
      }
      #expect(given.activations[.edge(layer)]!.count == 3)
    }
  }

  @Test("brings the edges of both paths into the given order")
  func positions() {
    var configuration = SANConfiguration()
    configuration.positions = .randomWalk
    let variant = ModelVariant("walks", configuration)
    let batch = GraphBatch(variant.graphs(5, seed: 1))
    let model = variant.architecture.makeModel(seed: 2, Float.self)
    let (given, grouped) = (
      ActivationRecorder<Float>(), ActivationRecorder<Float>(inOriginalOrder: false)
    )
    _ = model(batch, .evaluation(observers: [given, grouped]))
    #expect(batch.edges.originalOrder != batch.edges.originalOrder.sorted())
    for kind in [ActivationKind.edge, .positionEdge] {
      let (rows, sorted) = (given.single(kind, 1)!, grouped.single(kind, 1)!)
      #expect(
        rows.gathered(rows: RowIndex(batch.edges.originalOrder, rowCount: rows.shape[0])).values
          == sorted.values)
    }
    for kind in [ActivationKind.node, .positionNode] {
      #expect(given.single(kind, 1)!.values == grouped.single(kind, 1)!.values)
    }
  }

  @Test(
    "has its edges in the golden file's order", .enabled(if: Golden.isThere),
    arguments: ["gt_zinc_small.safetensors"])
  func goldenOrder(_ name: String) throws {
    let file = try Golden.file(name)
    let fields = try ConfigurationFields(json: Data(file.metadata["config"]!.utf8), source: name)
    let model: any GraphModel<Float> = try ModelCatalog.make("GT", fields, seed: 0)
    try model.load(from: file)
    func integers(_ name: String) throws -> [Int32] {
      try file.integers("graph/\(name)").map { Int32($0) }
    }
    let batch = try GraphBatch(
      nodeCounts: integers("num_nodes"), sources: integers("src"), destinations: integers("dst"),
      nodeTypes: IntegerFeatures(values: integers("node_feat")),
      edgeTypes: IntegerFeatures(values: integers("edge_feat")))
    let recorder = ActivationRecorder<Float>()
    _ = withoutGradients { model(batch, .evaluation(observers: [recorder])) }
    for layer in 0..<2 {
      for (kind, letter) in [(ActivationKind.edge, "e"), (.node, "h")] {
        let stored = try Tensor<Float>(file, "act/\(letter)/\(layer)")
        if let problem = difference(
          "act/\(letter)/\(layer)", recorder.single(kind, layer)!, stored, tolerance: 1e-5)
        {
          Issue.record("\(problem)")
        }
      }
    }
  }
}

extension ActivationRecorder.Key {
  fileprivate static func edge(_ layer: Int) -> Self { Self(kind: .edge, layer: layer) }
  fileprivate static func node(_ layer: Int) -> Self { Self(kind: .node, layer: layer) }
}
