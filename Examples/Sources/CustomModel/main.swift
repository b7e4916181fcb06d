// A new model from the library's layers and a new edge-gated layer, whose output is the input of a block of
// the library. It is trained on the embedded sample data, and its activations are studied.
import Outcrop

/// Edge-gated graph convolutions (Bresson & Laurent 2017, "Residual Gated Graph ConvNets"), followed by
/// the feed-forward block of graph transformers; the last layer is the library's attention.
struct EdgeGatedConfiguration: ModelArchitecture {
  static var name: String { "EdgeGated" }
  var shared = ModelConfiguration()

  init() {
    shared.layerCount = 3
    shared.hiddenWidth = 32
    shared.outputWidth = 32
  }

  func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var layers: [any GraphLayer<Scalar>] = []
    for _ in 1..<shared.layerCount {
      layers.append(EdgeGatedLayer(width: shared.hiddenWidth, using: &generator))
    }
    layers.append(
      NodeOnlyLayer(
        attention: EdgeAttentionLayer(
          in: shared.hiddenWidth, out: shared.outputWidth, heads: shared.headCount,
          using: &generator),
        block: FeedForwardBlock(
          suffix: "h", rows: .nodes, width: shared.outputWidth, using: &generator)))
    return ModelParts(layers: layers)
  }
}

/// e' = A h_j + B h_i + C e,   h'_i = block(Σ σ(e') ⊙ V h_j, h_i),   e ← e'
final class EdgeGatedLayer<Scalar: TensorScalar>: GraphLayer {
  let sent, received, edge, value: LinearLayer<Scalar>
  let block: FeedForwardBlock<Scalar>

  init(width: Int, using generator: inout RandomGenerator) {
    sent = LinearLayer(in: width, out: width, using: &generator)
    received = LinearLayer(in: width, out: width, using: &generator)
    edge = LinearLayer(in: width, out: width, using: &generator)
    value = LinearLayer(in: width, out: width, using: &generator)
    block = FeedForwardBlock(suffix: "h", rows: .nodes, width: width, using: &generator)
  }

  func callAsFunction(
    _ flow: LayerFlow<Scalar>, _ input: LayerInput, _ context: ForwardContext
  ) -> LayerFlow<Scalar> {
    let (sources, destinations) = (input.edgeRows.sources, input.edgeRows.destinations)
    let nodes = input.destinations(of: flow.nodes)
    let gates =
      sent(flow.nodes).gathered(rows: sources) + received(nodes).gathered(rows: destinations)
      + edge(flow.edges.tensor)
    let messages = gates.sigmoid() * value(flow.nodes).gathered(rows: sources)
    let sums = messages.scatterAdded(toRows: destinations)
    context.announce(.edge, layer: input.layer, rows: .edges, gates, in: input.batch)
    context.announce(.node, layer: input.layer, rows: .nodes, sums, in: input.batch)
    return LayerFlow(nodes: block(sums, residual: nodes, input, context), edges: .rows(gates))
  }

  var announced: [AnnouncedActivation] {
    AnnouncedActivation.attention + block.announced + [AnnouncedActivation(.edgeOutput, .edges)]
  }

  var state: [StateEntry<Scalar>] {
    sent.state(in: "A") + received.state(in: "B") + edge.state(in: "C") + value.state(in: "V")
      + block.state
  }
}

var training = TrainingConfiguration()
training.epochs = 3
training.batchSize = 64
var study = Study(model: EdgeGatedConfiguration(), training: training)
study.activations = [.edge, .node, ActivationKind(rawValue: "FFN_h_layer2")]
let results = try study.run(on: SampleDataset.make())
for run in results.runs {
  let ratio = run.layers.compactMap { $0.edge?.batchMedian?.largestRatio }.max() ?? 0
  print("\(run.label): \(run.testMetric!.name) \(run.testMetric!.value), largest ratio \(ratio)")
}
