import Foundation
import OutcropDatasets
import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite(
  "Trained checkpoints of PyTorch",
  .enabled(
    if: SharedFolder.has("golden/gt_zinc_trained.safetensors") && SharedFolder.has("data/ZINC"),
    "the golden files or ZINC are not there"))
struct TrainedModelTests {
  @Test("score ZINC's test molecules as stored", arguments: ["nobias", "ebt"])
  func scores(_ kind: String) throws {
    let file = try Golden.file("gt_zinc_trained.safetensors")
    let configuration = GraphTransformerConfiguration.zinc.withExplicitBias(kind == "ebt")
    let model = GraphTransformer<Float>(configuration, seed: 0)
    // Stored under `<kind>/…`: results beside the parameters have a slash in their names.
    try model.load(from: file, prefix: "\(kind)/")
    let graphs = try TUDataset.read(
      SharedFolder.url.appendingPathComponent("data/ZINC").path,
      options: .init(targetFile: "graph_attributes_gcpn")
    ).test
    let expected = try Tensor<Float>(file, "\(kind)/out/test")
    let evaluation = try Evaluation(of: model, on: graphs, task: .regression)
    if let problem = difference(
      "\(kind)/out/test", evaluation.scores, expected.values, tolerance: 1e-4)
    {
      Issue.record("\(problem)")
    }

    let recorder = ActivationRecorder<Float>()
    _ = withoutGradients {
      model(GraphBatch(graphs.prefix(2)), .evaluation(observers: [recorder]))
    }
    for layer in [0, 5, 9] {
      let stored = try Tensor<Float>(file, "\(kind)/act/e/\(layer)")
      if let problem = difference(
        "\(kind)/act/e/\(layer)", recorder.single(.edge, layer)!, stored, tolerance: 1e-4)
      {
        Issue.record("\(problem)")
      }
    }
  }
}
