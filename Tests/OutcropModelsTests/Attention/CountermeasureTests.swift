import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// Gate, plus one and clip, against plain operations and finite differences.
@Suite("Counter-measures in attention")
struct CountermeasureTests {
  static let changes: [(name: String, change: Countermeasures)] = [
    ("gate", Countermeasures(hasGate: true)), ("plus one", Countermeasures(hasPlusOne: true)),
    ("clip", Countermeasures(clip: 0.05)),
    ("all", Countermeasures(hasGate: true, hasPlusOne: true, clip: 0.2)),
  ]

  /// Scores that are given make the attention that computed them.
  @Test(arguments: AttentionForm.all.filter { $0.results == .both })
  func attentionFromItsOwnScores(_ form: AttentionForm) {
    let size = AttentionSize(
      destinations: 9, sources: form.layout == .bipartite ? 12 : 9, edges: 40, width: 12)
    let edges = randomEdges(40, sources: size.sources, destinations: 9, seed: 3)
    var generator = RandomGenerator(seed: 4)
    let inputs = zip(form.shapes(size), 0...).map { shape, number in
      let values = Tensor<Double>.normal(shape, using: &generator)
      return shape == [40] ? values.exp() : values
    }
    let arguments = form.arguments(inputs, edgeCount: 40)
    let (output, scores) = arguments.reference(edges, heads: 3)
    let value: Tensor<Double> =
      switch arguments.projections {
      case .packed(let all): all.sliced(axis: 1, 24..<36)
      case .bipartite(_, let both): both.sliced(axis: 1, 12..<24)
      case .twofold(let all, _): all.sliced(axis: 1, 24..<36)
      }
    func rest(_ added: Double) -> Tensor<Double> {
      attention(
        fromScores: scores, value: value, edges: edges, heads: 3, valueBias: arguments.bias?.value,
        factors: arguments.factors, addedToDenominator: added)
    }
    #expect(difference("\(form)", rest(1e-6).values, output.values, tolerance: 1e-12) == nil)
    // One more in the denominator scales a head's sum by total / (total + 1).
    let w = scores.reshaped([40, 3, 4]).sum(axes: [2]).clamped(to: -5...5).exp()
    let weighted = arguments.factors.map { w * $0.reshaped([40, 1]) } ?? w
    let total = weighted.segmentSum(Segments(offsets: edges.destinationOffsets))
    let scaled =
      output.reshaped([9, 3, 4]) * ((total + 1e-6) / (total + 1)).reshaped([9, 3, 1])
    #expect(
      difference("\(form)", rest(1).values, scaled.reshaped([9, 12]).values, tolerance: 1e-12)
        == nil)
  }

  /// A layer with everything, against a plain one with the same parameters and the formulas by hand.
  @Test func aLayerAgainstPlainOperations() {
    var generator = RandomGenerator(seed: 1)
    let layer = EdgeAttentionLayer<Double>(
      in: 8, out: 8, heads: 2,
      countermeasures: Countermeasures(hasGate: true, hasPlusOne: true, clip: 0.1),
      using: &generator)
    let graphs = randomGraphs(3, seed: 7)
    let batch = GraphBatch(graphs)
    let (h, e) = (
      Tensor<Double>.normal([batch.nodeCount, 8], using: &generator),
      Tensor<Double>.normal([batch.edgeCount, 8], using: &generator)
    )
    let input = LayerInput(batch, layer: 0)
    let recorder = ActivationRecorder<Double>(kinds: [.edge, .node], inOriginalOrder: false)
    let result = layer(
      h, .rows(e), input, .evaluation(observers: [recorder]), returnsScores: true)
    let (source, destination) = (input.edgeRows.sources, input.edgeRows.destinations)
    let s =
      ((layer.query(h).gathered(rows: destination) * layer.key(h).gathered(rows: source))
      * (1 / 2.0) * layer.edge(e)).clamped(to: -0.1...0.1)
    #expect(difference("scores", result.scores!.values, s.values, tolerance: 1e-12) == nil)
    #expect(recorder.single(.edge, 0)!.values == result.scores!.values)
    #expect(s.values.contains { abs($0) == 0.1 } && s.values.contains { abs($0) < 0.1 })
    let w = s.reshaped([batch.edgeCount, 2, 4]).sum(axes: [2], keepingAxes: true).exp()
    let messages = w * layer.value(h).gathered(rows: source).reshaped([batch.edgeCount, 2, 4])
    let sums = messages.scatterAdded(toRows: destination)
    let out = (sums / (w.scatterAdded(toRows: destination) + 1)).reshaped([batch.nodeCount, 8])
    #expect(
      difference("sums", recorder.single(.node, 0)!.values, out.values, tolerance: 1e-12) == nil)
    let gated = out * h.matmul(layer.gate!.weight.value.transposed()).sigmoid()
    #expect(difference("output", result.output.values, gated.values, tolerance: 1e-12) == nil)
  }

  @Test(arguments: ModelVariant.base, [0, 1, 2, 3])
  func gradientsOfEveryModel(_ variant: ModelVariant, _ number: Int) {
    let changed = variant.with(Self.changes[number].name) {
      $0.countermeasures = Self.changes[number].change
    }
    let model = changed.livelyModel(seed: 5, Double.self)
    let check = ModelGradientCheck(model, GraphBatch(changed.graphs(5, seed: 6)), seed: 7)
    #expect(check.problems.isEmpty, "\(changed.name): \(check.problems.prefix(3))")
    #expect(check.kinks * 5 <= check.checked, "\(check.kinks) kinks of \(check.checked)")
    if Self.changes[number].change.hasGate {
      let gates = check.largest.filter { $0.key.hasSuffix("gate.weight") }
      #expect(!gates.isEmpty && gates.values.contains { $0 > 1e-8 })
    }
  }

  /// In a trained model with Explicit Bias Term too, and off is what it was.
  @Test func fieldsComeBackAndOffIsOff() throws {
    var configuration = smallConfiguration()
    #expect(configuration.fields.keys.allSatisfy { !$0.contains("gate") && !$0.contains("clip") })
    configuration.shared.countermeasures = Countermeasures(
      hasGate: true, hasPlusOne: true, clip: 2.5)
    let again = try GraphTransformerConfiguration(
      ConfigurationFields(configuration.fields, source: "test"))
    #expect(again == configuration)
    var alone = SANConfiguration().withExplicitBias(true)
    (alone.shared.explicitBiasUse, alone.shared.countermeasures.hasPlusOne) = (
      .weightsFromBiasAlone, true
    )
    #expect(throws: InputError.self) {
      try SANConfiguration(ConfigurationFields(alone.fields, source: "test"))
    }
    for bad: JSONValue in [.number(0), .number(-1), .string("x"), .bool(true)] {
      #expect(throws: InputError.self) {
        try GraphTransformerConfiguration(
          ConfigurationFields(
            smallConfiguration().fields.merging(["score_clip": bad]) { $1 }, source: "test"))
      }
    }
  }

  /// Softmax with one more logit of 0, in EGAT.
  @Test func egatWithPlusOneAttendsLess() {
    var plain = EGATConfiguration(layerCount: 1, width: 8, headCount: 2)
    let graphs = randomGraphs(4, seed: 9)
    func nodes(_ configuration: EGATConfiguration) -> [Double] {
      let model = GraphNetwork<Double, EGATConfiguration>(configuration, seed: 3)
      let recorder = ActivationRecorder<Double>(kinds: [.nodeOutput])
      _ = withoutGradients { model(GraphBatch(graphs), .evaluation(observers: [recorder])) }
      return recorder.single(.nodeOutput, 0)!.values
    }
    let before = nodes(plain)
    plain.shared.countermeasures.hasPlusOne = true
    let after = nodes(plain)
    // A head's sum is scaled by total / (total + 1), between 0 and 1.
    for (a, b) in zip(before, after) where abs(a) > 1e-9 {
      #expect(b / a > 0 && b / a < 1)
    }
    #expect(before.contains { abs($0) > 1e-9 })
  }
}
