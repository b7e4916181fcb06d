import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("The attention layer")
struct EdgeAttentionLayerTests {
  private typealias Layer = EdgeAttentionLayer<Double>

  private func layer(
    seed: UInt64, isFull: Bool = false, hasBias: Bool = true, use: ExplicitBiasUse = .added
  ) -> Layer {
    var shape = ModelConfiguration()
    (shape.headCount, shape.isFullGraph, shape.explicitBiasUse) = (2, isFull, use)
    (shape.hasExplicitBias, shape.hasAttentionBias) = (hasBias, hasBias)
    var generator = RandomGenerator(seed: seed)
    return Layer(in: 6, edgeInputs: 5, out: 8, shape, using: &generator)
  }

  private func gradients(_ layer: Layer) -> [String: [Double]] {
    Dictionary(
      uniqueKeysWithValues: layer.parameters.map {
        ($0, $1.gradient?.values ?? Array(repeating: 0, count: $1.value.count))
      })
  }

  /// A batch of five graphs; `marks` says which edges count as added.
  private func batch(_ marks: (Graph) -> [Int32]?) -> GraphBatch {
    GraphBatch(
      encodedGraphs(5, seed: 1, isFull: false).map { graph in
        var graph = graph
        graph.addedEdges = marks(graph)
        return graph
      })
  }

  @Test("reads edge features by table as row by row", arguments: [true, false], [true, false])
  func tables(isFull: Bool, hasBias: Bool) throws {
    var generator = RandomGenerator(seed: 2)
    let graphs = batch { isFull ? (0..<$0.edgeCount).map { Int32($0 % 2) } : nil }
    for input in [
      LayerInput(graphs, layer: 0), LayerInput(try handMadeBlocks(seed: 3), layer: 0),
    ] {
      let count = input.edges.edgeCount
      let table = Tensor<Double>.normal([3, 5], using: &generator).trackingGradients()
      let index = RowIndex((0..<count).map { _ in Int32(generator.below(3)) }, rowCount: 3)
      let h = Tensor<Double>.normal([input.edges.sourceCount, 6], using: &generator)
        .trackingGradients()
      let layer = layer(seed: 4, isFull: isFull, hasBias: hasBias)
      var results: [(values: [Double], gradients: [[Double]], parameters: [String: [Double]])] = []
      for features in [
        EncodedFeatures.table(table, index), .rows(table.gathered(rows: index)),
      ] {
        let leaves = [table, h]
        for leaf in leaves { #expect(leaf.isTracked) }
        layer.zeroGradients()
        let before = leaves.map { $0.gradient?.values }
        let (output, scores) = layer(
          h, features, input, .evaluation(), returnsScores: true)
        ((output * output).sum() + (scores! * scores! + scores!).sum()).backward()
        // Leaves add up: what came before is taken off.
        let new = zip(leaves, before).map { leaf, old in
          zip(leaf.gradient!.values, old ?? Array(repeating: 0, count: leaf.count)).map { $0 - $1 }
        }
        results.append((output.values + scores!.values, new, gradients(layer)))
      }
      #expect(difference("values", results[1].values, results[0].values, tolerance: 1e-13) == nil)
      for (a, b) in zip(results[0].gradients, results[1].gradients) {
        #expect(difference("inputs", b, a, tolerance: 1e-12) == nil)
      }
      for (name, expected) in results[0].parameters {
        #expect(
          difference(name, results[1].parameters[name]!, expected, tolerance: 1e-12, scale: 1e-6)
            == nil)
      }
    }
  }

  @Test("projects added edges by the second maps, and only them", arguments: [true, false])
  func secondProjections(hasBias: Bool) {
    var generator = RandomGenerator(seed: 5)
    for added in [Int32(0), 1] {
      let input = LayerInput(
        batch { Array(repeating: added, count: $0.edgeCount) }, layer: 0)
      let layer = layer(seed: 6, isFull: true, hasBias: hasBias)
      let h = Tensor<Double>.normal([input.edges.sourceCount, 6], using: &generator)
      let e = Tensor<Double>.normal([input.edges.edgeCount, 5], using: &generator)
      let (output, scores) = layer(
        h, .rows(e), input, .evaluation(), returnsScores: true)
      ((output * output).sum() + scores!.sum()).backward()
      let found = gradients(layer)
      for name in ["Q", "K", "E"] {
        let (first, second) = (found["\(name).weight"]!, found["\(name)_2.weight"]!)
        let (used, idle) = added == 0 ? (first, second) : (second, first)
        #expect(used.contains { $0.magnitude > 1e-3 }, "\(name)")
        #expect(idle.allSatisfy { $0 == 0 }, "\(name)")
      }
      #expect(found["V.weight"]!.contains { $0.magnitude > 1e-3 })
    }
  }

  @Test("weighs by the bias alone: a mean of V + v_bias", arguments: [true, false])
  func biasAlone(hasFactors: Bool) {
    var generator = RandomGenerator(seed: 7)
    let (heads, d, n) = (2, 3, 9)
    let D = heads * d
    let edges = randomEdges(30, sources: 7, destinations: n, seed: 8)
    func draw(_ shape: [Int]) -> Tensor<Double> { .normal(shape, using: &generator) }
    let (query, value) = (draw([n, D]), draw([7, D]))
    let factors =
      hasFactors ? Tensor((0..<30).map { _ in 0.2 + generator.unit() }) : nil
    for scale in [0.0, 1, 100] {
      let bias = EdgeAttentionBias(
        key: draw([heads, d, 1]) * scale, edge: draw([heads, 1, d]), value: draw([heads, 1, d]))
      let found = attentionFromBiasAlone(
        query: query, value: value, edges: edges, heads: heads, bias: bias, factors: factors
      ).values
      for node in 0..<n {
        for column in 0..<D {
          let into = edges.edges(into: node)
          let f = into.map { factors?.values[$0] ?? 1 }
          let total = f.reduce(0, +)
          let result = found[node * D + column]
          if into.isEmpty {
            #expect(result == 0)
            continue
          }
          let sum = zip(into, f).reduce(0) { sum, edge in
            let v = value.values[Int(edges.sources[edge.0]) * D + column]
            return sum + edge.1 * (v + bias.value.values[column])
          }
          let mean = sum / total
          let head = column / d
          var b = 0.0
          for channel in head * d..<(head + 1) * d {
            b += query.values[node * D + channel] * bias.key.values[channel] / 3.0.squareRoot()
          }
          // The denominator's 1e-6 is all that keeps it from the mean.
          let share = 1e-6 / (total * exp5(b))
          #expect(abs(result - mean) <= 1.001 * share * abs(mean) + 1e-13, "\(node), \(column)")
          if scale == 0 { #expect(abs(result - mean) <= 1e-6 / total * abs(mean)) }
        }
      }
    }
  }

  /// exp of `b` clamped to ±5.
  private func exp5(_ b: Double) -> Double {
    Tensor([min(5, max(-5, b))]).exp().values[0]
  }

  @Test("that weighs by the bias alone records the scores of the others, without their gradient")
  func biasAloneScores() {
    var generator = RandomGenerator(seed: 9)
    let input = LayerInput(batch { _ in nil }, layer: 0)
    let h = Tensor<Double>.normal([input.edges.sourceCount, 6], using: &generator)
    let e = Tensor<Double>.normal([input.edges.edgeCount, 5], using: &generator)
    let (alone, added) = (layer(seed: 10, use: .weightsFromBiasAlone), layer(seed: 10))
    let (output, scores) = alone(h, .rows(e), input, .evaluation(), returnsScores: true)
    let other = added(h, .rows(e), input, .evaluation(), returnsScores: true)
    #expect(scores!.values == other.scores!.values)
    #expect(output.values != other.output.values)
    #expect(alone(h, .rows(e), input, .evaluation()).output.values == output.values)
    ((output * output).sum() + scores!.sum()).backward()
    let found = gradients(alone)
    for name in ["K.weight", "E.weight", "e_bias"] {
      #expect(found[name]!.allSatisfy { $0 == 0 }, "\(name)")
    }
    for name in ["V.weight", "v_bias", "Q.weight"] {
      #expect(found[name]!.contains { $0 != 0 }, "\(name)")
    }
  }
}
