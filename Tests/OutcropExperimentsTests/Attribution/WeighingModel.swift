import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor

/// A model whose every number can be worked out by hand: a graph's score k is the sum over its directed
/// edges of `weights[type][k]`, added edges aside, and the recorded activation of an edge has the
/// largest ratio `ratios[layer][type]`.
final class WeighingModel: GraphModel {
  typealias Scalar = Float
  let weights: [[Float]]
  let ratios: [[Float]]
  /// Batches seen.
  private(set) var batchSizes: [Int] = []

  init(weights: [[Float]], ratios: [[Float]] = []) {
    self.weights = weights
    self.ratios = ratios
  }

  func forward(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Float> {
    batchSizes.append(batch.graphCount)
    var scores = [Float](repeating: 0, count: batch.graphCount * outputCount)
    for edge in 0..<batch.edgeCount where batch.addedEdges?[edge] ?? 0 == 0 {
      let type = Int(batch.edgeTypes![edge, 0])
      for output in 0..<outputCount {
        scores[Int(batch.edgeGraph[edge]) * outputCount + output] += weights[type][output]
      }
    }
    for (layer, ratios) in ratios.enumerated() {
      let rows = (0..<batch.edgeCount).flatMap { edge in
        let ratio = ratios[Int(batch.edgeTypes![edge, 0])]
        return [0.5, -2, ratio * -2]
      }
      context.announce(
        .edge, layer: layer, rows: .edges,
        Tensor<Float>(rows, shape: [batch.edgeCount, 3]), in: batch)
    }
    return Tensor<Float>(scores, shape: [batch.graphCount, outputCount])
  }

  var outputCount: Int { weights[0].count }
  var name: String { "weighing" }
  var configurationFields: [String: JSONValue] { [:] }
  var state: [StateEntry<Float>] { [] }
  func problem(with batch: GraphBatch) -> String? { nil }
  func encode(_ dataset: GraphDataset) -> GraphDataset { dataset }
}

/// A path whose edge k, between nodes k and k + 1, has type `types[k]`, both directions.
func path(_ types: [Int32], targets: [Float]) -> Graph {
  let nodes = types.indices.map { Int32($0) }
  return Graph(
    nodeCount: types.count + 1, sources: nodes + nodes.map { $0 + 1 },
    destinations: nodes.map { $0 + 1 } + nodes,
    edgeTypes: IntegerFeatures(values: types + types), targets: targets)
}
