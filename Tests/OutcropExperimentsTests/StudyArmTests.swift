import OutcropCore
import OutcropDatasets
import OutcropExperiments
import OutcropModels
import OutcropTensor
import Testing

/// An architecture without the Explicit Bias Term, of the library's layers.
private struct PlainConfiguration: ModelArchitecture {
  static var name: String { "Plain" }
  var shared = ModelConfiguration()

  init() {
    (shared.layerCount, shared.hiddenWidth, shared.outputWidth, shared.headCount) = (2, 16, 16, 4)
  }

  func makeParts<Scalar: TensorScalar>(
    using generator: inout RandomGenerator, _: Scalar.Type
  ) -> ModelParts<Scalar> {
    var layers: [any GraphLayer<Scalar>] = []
    for _ in 0..<shared.layerCount {
      layers.append(
        NodeOnlyLayer(
          attention: EdgeAttentionLayer(in: 16, out: 16, heads: 4, using: &generator),
          block: FeedForwardBlock(suffix: "h", rows: .nodes, width: 16, using: &generator)))
    }
    return ModelParts(layers: layers)
  }
}

@Suite("The arms of a study")
struct StudyArmTests {
  @Test("of a model without the Explicit Bias Term leave it out, and asking for it is an error")
  func unsupportedBias() throws {
    let dataset = SampleDataset.make(seed: 3, sizes: (train: 32, validation: 8, test: 8))
    var training = TrainingConfiguration()
    (training.epochs, training.batchSize) = (1, 16)
    var study = Study(model: PlainConfiguration(), training: training)
    #expect(study.arms == [.base, .trained])
    study.activations = [.edge, ActivationKind(rawValue: "attention.V")]
    let results = try study.run(on: dataset)
    #expect(results.runs.map(\.kind) == [.base, .trained])
    let nodes = dataset.test.reduce(0) { $0 + $1.nodeCount }
    for layer in results.runs[1].layers { #expect(layer.modules["attention.V"]?.rows == nodes) }
    for arm in [StudyArm.ebt, .adaptive(.learned)] {
      study.arms = [.base, arm]
      let error = #expect(throws: InputError.self) { try study.run(on: dataset) }
      #expect(error?.field == "explicit_bias" && error?.file == "Plain")
      #expect(error?.found.contains(arm.label) == true)
    }
    #expect(
      Study(model: GraphTransformerConfiguration(), training: training).arms == StudyArm.usual)
  }
}
