import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import Testing

@Suite("Outputs of modules")
struct ModuleOutputTests {
  private func observe(
    _ model: some GraphModel<Float>, _ kinds: Set<ActivationKind>, _ batch: GraphBatch
  ) -> (recorder: ActivationRecorder<Float>, scores: [Float]) {
    let recorder = ActivationRecorder<Float>(kinds: kinds, inOriginalOrder: false)
    let scores = withoutGradients {
      model.run(batch, .evaluation(observers: [recorder])).values
    }
    return (recorder, scores)
  }

  @Test func feedForwardAndResidualOutputsOfGT() throws {
    let model = GraphTransformer<Float>(tinyConfiguration(), seed: 3)
    let batch = GraphBatch(sample.test)
    let (ffn, norm) = (
      ActivationKind(rawValue: "FFN_e_layer2"), ActivationKind(rawValue: "batch_norm2_h")
    )
    let (seen, scores) = observe(
      model, [ffn, norm, .nodeOutput, .edgeOutput, .edge], batch)
    #expect(scores == withoutGradients { model(batch, .evaluation()).values })
    #expect(seen.activations.count == 10)
    for layer in 0..<2 {
      #expect(seen.single(ffn, layer)?.shape == [batch.edgeCount, 16])
      // The last normalization of the node path is what the layer passes on.
      #expect(seen.single(norm, layer)?.values == seen.single(.nodeOutput, layer)?.values)
      #expect(seen.single(.edgeOutput, layer)?.shape == [batch.edgeCount, 16])
    }
    // Without asking, nothing but attention is shown.
    let plain = ActivationRecorder<Float>()
    _ = withoutGradients { model.run(batch, .evaluation(observers: [plain])) }
    #expect(Set(plain.activations.keys.map(\.kind)) == [.edge, .node])
  }

  @Test func modulesOfAUsersOwnModel() throws {
    let model = GraphNetwork<Float, GatedConfiguration>(GatedConfiguration(), seed: 3)
    let batch = GraphBatch(sample.test)
    #expect(model.moduleKinds.map(\.rawValue) == ["A", "B", "C", "V", "U", "bn_node_h"])
    let norm = ActivationKind(rawValue: "bn_node_h")
    let (seen, _) = observe(model, [norm, ActivationKind(rawValue: "C")], batch)
    #expect(seen.single(norm, 1)?.shape == [batch.nodeCount, 16])
    #expect(seen.single(ActivationKind(rawValue: "C"), 0)?.shape == [batch.edgeCount, 16])
  }

  @Test func rowsAreToldApart() {
    let batch = GraphBatch(sample.test)
    func rows(_ kind: String, _ count: Int) -> ActivationRows {
      Activation(
        kind: ActivationKind(rawValue: kind), layer: 0, values: Tensor<Float>.zeros([count, 2])
      ).rows(in: batch)
    }
    #expect(rows("FFN_e_layer1", batch.edgeCount) == .edges)
    #expect(rows("FFN_h_layer1", batch.nodeCount) == .nodes)
    #expect(rows("x", batch.nodeCount + batch.edgeCount) == .other)
    // A ring has as many nodes as directed edges in one direction: the name decides.
    let ring = GraphBatch([
      Graph(nodeCount: 3, sources: [0, 1, 2], destinations: [1, 2, 0], targets: [0])
    ])
    for (kind, expected) in [("O_e", ActivationRows.edges), ("O_h", .nodes), ("edge", .edges)] {
      let activation = Activation(
        kind: ActivationKind(rawValue: kind), layer: 0, values: Tensor<Float>.zeros([3, 2]))
      #expect(activation.rows(in: ring) == expected)
    }
  }

  @Test func trainingShowsModulesToo() throws {
    let recorder = ActivationRecorder<Float>(kinds: [ActivationKind(rawValue: "O_h")])
    let watched = trainer(epochs: 1)
    try watched.run(train: sample.train, validation: sample.validation, observers: [recorder])
    #expect(recorder.activations.count == 2)
    #expect(recorder.activations.values.allSatisfy { $0.count == 3 })
  }
}
