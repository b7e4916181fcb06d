import Foundation
import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

/// What a GraphTransformer can be, with a name for messages.
struct ModelVariant: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let configuration: GraphTransformerConfiguration

  init(_ name: String, _ change: (inout GraphTransformerConfiguration) -> Void) {
    testDescription = name
    configuration = smallConfiguration(change)
  }

  static let all: [ModelVariant] = [
    ModelVariant("as published") { _ in },
    ModelVariant("explicit bias") { ($0.hasExplicitBias, $0.hasAttentionBias) = (true, true) },
    ModelVariant("explicit bias alone") { $0.hasExplicitBias = true },
    ModelVariant("linear biases") { $0.hasAttentionBias = true },
    ModelVariant("LayerNorm") { ($0.usesLayerNorm, $0.usesBatchNorm) = (true, false) },
    ModelVariant("both norms") { $0.usesLayerNorm = true },
    ModelVariant("no norm") { $0.usesBatchNorm = false },
    ModelVariant("no residual") { $0.hasResidual = false },
    ModelVariant("no output projection") { $0.hasOutputProjection = false },
    ModelVariant("no edge features") { $0.usesEdgeFeatures = false },
    ModelVariant("Laplacian encoding") {
      ($0.usesLaplacianEncoding, $0.encodingWidth) = (true, 3)
    },
    ModelVariant("Weisfeiler-Lehman roles") {
      ($0.usesWeisfeilerLehmanEncoding, $0.roleCount) = (true, 100)
    },
    ModelVariant("sum readout") { $0.readout = .sum },
    ModelVariant("max readout") { $0.readout = .max },
    ModelVariant("another output width") { $0.outputWidth = 24 },
    ModelVariant("one layer, one head, dropout") {
      ($0.layerCount, $0.headCount, $0.dropout, $0.inputDropout) = (1, 1, 0.1, 0.1)
    },
  ]
}

/// Molecules with both encodings, some without edges.
private let molecules: [Graph] = {
  var graphs = MoleculeGenerator(seed: 2).molecules(0..<12)
  // A single atom, and atoms without bonds.
  graphs.append(
    Graph(
      nodeCount: 1, sources: [], destinations: [], nodeTypes: IntegerFeatures(values: [3]),
      edgeTypes: IntegerFeatures(values: []), targets: [0.5]))
  graphs.append(
    Graph(
      nodeCount: 3, sources: [], destinations: [], nodeTypes: IntegerFeatures(values: [0, 1, 2]),
      edgeTypes: IntegerFeatures(values: []), targets: [-0.5]))
  return graphs.map { graph in
    var graph = graph
    graph.laplacianEncoding = graph.laplacianEigenvectors(columns: 3)
    graph.weisfeilerLehmanRoles = graph.weisfeilerLehmanColours().map { $0 % 100 }
    return graph
  }
}()

@Suite("GraphTransformer")
struct GraphTransformerTests {
  /// A model whose running statistics have moved, so that evaluation differs from a fresh one's.
  private func settled<S: TensorScalar>(
    _ variant: ModelVariant, _: S.Type = S.self
  ) -> GraphTransformer<S> {
    let model = GraphTransformer<S>(variant.configuration, seed: 11)
    for _ in 0..<3 { _ = model(GraphBatch(molecules), ForwardContext(isTraining: true)) }
    return model
  }

  private func expectClose<S: TensorScalar>(
    _ name: String, _ found: Tensor<S>, _ expected: Tensor<S>, tolerance: Double = 1e-5
  ) {
    if let problem = difference(name, found, expected, tolerance: tolerance) {
      Issue.record("\(problem)")
    }
  }

  @Test("scores a graph in a batch as alone", arguments: ModelVariant.all)
  func batching(_ variant: ModelVariant) {
    let model: GraphTransformer<Float> = settled(variant)
    let together = evaluate(model, molecules)
    #expect(together.shape == [molecules.count, 1])
    #expect(together.values.allSatisfy { $0.isFinite })
    #expect(Set(together.values).count > molecules.count / 2)
    expectClose("alone", Tensor.concatenate(molecules.map { evaluate(model, [$0]) }), together)
    expectClose(
      "reversed", Tensor(evaluate(model, molecules.reversed()).values.reversed()),
      together.reshaped([molecules.count]))
  }

  @Test("scores don't depend on the order of nodes or edges", arguments: ModelVariant.all)
  func permutations(_ variant: ModelVariant) {
    let model: GraphTransformer<Float> = settled(variant)
    let expected = evaluate(model, molecules)
    var generator = RandomGenerator(seed: 12)
    let nodes = molecules.map { renumbered($0, generator.permutation($0.nodeCount)) }
    #expect(nodes[0].sources != molecules[0].sources)
    expectClose("nodes", evaluate(model, nodes), expected)
    let edges = molecules.map { reordered($0, generator.permutation($0.edgeCount)) }
    #expect(edges[0].sources != molecules[0].sources)
    expectClose("edges", evaluate(model, edges), expected)
  }

  @Test("learns a small batch", arguments: ModelVariant.all)
  func learning(_ variant: ModelVariant) {
    let model = GraphTransformer<Float>(variant.configuration, seed: 11)
    let batch = GraphBatch(molecules)
    let targets = Targets<Float>(batch)
    let optimizer = Adam(model, learningRate: 5e-3)
    var losses: [Float] = []
    for step in 0..<100 {
      model.zeroGradients()
      let context = ForwardContext(
        isTraining: true, generator: RandomGenerator(seed: UInt64(step)))
      let loss = targets.loss(model(batch, context))
      loss.backward()
      optimizer.step()
      losses.append(loss.scalar)
    }
    #expect(losses.suffix(5).reduce(0, +) / 5 < 0.6 * losses[0], "\(losses)")
  }

  @Test("trains on graphs without any edge, and evaluates them")
  func noEdges() {
    let graphs = Array(molecules.suffix(2))
    for variant in ModelVariant.all {
      let model = GraphTransformer<Float>(variant.configuration, seed: 1)
      let batch = GraphBatch(graphs)
      let loss = Targets<Float>(batch).loss(model(batch, ForwardContext(isTraining: true)))
      loss.backward()
      Adam(model, learningRate: 1e-3).step()
      #expect(evaluate(model, graphs).values.allSatisfy { $0.isFinite }, "\(variant)")
    }
  }

  @Test("gives a graph without nodes a finite score, whatever the readout")
  func emptyGraph() {
    let empty = Graph(
      nodeCount: 0, sources: [], destinations: [], nodeTypes: IntegerFeatures(values: []),
      edgeTypes: IntegerFeatures(values: []), targets: [0])
    for readout in Readout.allCases {
      let model = GraphTransformer<Float>(smallConfiguration { $0.readout = readout }, seed: 1)
      let graph = MoleculeGenerator(seed: 2).molecule(0)
      let scores = evaluate(model, [empty, graph, empty])
      #expect(scores.values.allSatisfy { $0.isFinite })
      expectClose("\(readout)", evaluate(model, [graph]), scores.sliced(1..<2))
      #expect(evaluate(model, [empty]).shape == [1, 1])
    }
  }

  @Test("flips the signs of Laplacian eigenvectors in training alone")
  func signs() {
    let variant = ModelVariant.all.first { $0.configuration.usesLaplacianEncoding }!
    let model: GraphTransformer<Float> = settled(variant)
    let batch = GraphBatch(molecules)
    func scores(_ seed: UInt64, isTraining: Bool, flips: Bool = true) -> [Float] {
      let context = ForwardContext(
        isTraining: isTraining, generator: RandomGenerator(seed: seed))
      context.flipsEncodingSigns = flips
      return model(batch, context).values
    }
    let training = (0..<8).map { scores($0, isTraining: true) }
    #expect(Set(training).count > 1)
    #expect(Set((0..<8).map { scores($0, isTraining: true, flips: false) }).count == 1)
    #expect(Set((0..<8).map { scores($0, isTraining: false) }).count == 1)
  }

  @Test("has as many parameters as its shapes say", arguments: ModelVariant.all)
  func parameterCount(_ variant: ModelVariant) {
    let c = variant.configuration
    func linear(_ input: Int, _ output: Int, bias: Bool = true) -> Int {
      input * output + (bias ? output : 0)
    }
    func layer(_ input: Int, _ output: Int) -> Int {
      var count = 4 * linear(input, output, bias: c.hasAttentionBias)
      if c.hasExplicitBias { count += 3 * output }
      let norms = 2 * 2 * output * ((c.usesBatchNorm ? 1 : 0) + (c.usesLayerNorm ? 1 : 0))
      // O stays among the parameters when it isn't used, as published.
      count +=
        2
        * (linear(output, output) + linear(output, 2 * output) + linear(2 * output, output) + norms)
      return count
    }
    let (D, T) = (c.hiddenWidth, c.outputWidth)
    var expected = c.nodeTypeCount * D + (c.usesEdgeFeatures ? c.edgeTypeCount * D : 2 * D)
    if c.usesLaplacianEncoding { expected += linear(c.encodingWidth, D) }
    if c.usesWeisfeilerLehmanEncoding { expected += c.roleCount * D }
    expected += (c.layerCount - 1) * layer(D, D) + layer(D, T)
    expected += linear(T, T / 2) + linear(T / 2, T / 4) + linear(T / 4, c.outputCount)
    #expect(GraphTransformer<Float>(c, seed: 0).parameterCount == expected)
  }

  @Test("draws the same parameters for the same seed, and others for another")
  func seeds() {
    func make(_ seed: UInt64) -> [String: [UInt64]] {
      bits(GraphTransformer<Float>(smallConfiguration { $0.hasExplicitBias = true }, seed: seed))
    }
    let (a, b, c) = (make(1), make(1), make(2))
    #expect(a == b)
    for (name, values) in a where name.hasSuffix("weight") && !name.contains("norm") {
      #expect(values != c[name], "\(name)")
    }
    // No two tensors are the same draws.
    let tables = a.filter { $0.key.hasSuffix("weight") && !$0.key.contains("norm") }
    #expect(Set(tables.values.map { $0.prefix(16) }).count == tables.count)
  }

  // The published program creates parameters in the order of `parameter_order`; here attention,
  // node path and edge path follow each other. Names decide, so only the set must agree.
  @Test("has the published names and shapes", .enabled(if: Golden.isThere))
  func publishedNames() throws {
    for name in Golden.cases {
      let file = try Golden.file(name)
      let fields = try ConfigurationFields(
        json: Data(file.metadata["config"]!.utf8), source: name)
      let model: any GraphModel<Float> = try ModelCatalog.make("GT", fields, seed: 0)
      let names = model.parameters.map(\.name)
      #expect(Set(names).count == names.count)
      if file.metadata["hashed_parameters"] == "1" {
        let order = file.metadata["parameter_order"]!.split(separator: ",").map(String.init)
        #expect(Set(order) == Set(names))
        let statistics = model.state.compactMap { entry in
          if case .statistic = entry.content { entry.name } else { nil }
        }
        let buffers = file.metadata["buffer_order"]!.split(separator: ",").map(String.init)
        #expect(Set(buffers) == Set(statistics))
        // Such as `embedding_h.weight=28x64;…`.
        let shapes = file.metadata["parameter_shapes"]!.split(separator: ";").map { entry in
          let parts = entry.split(separator: "=")
          return (String(parts[0]), parts[1].split(separator: "x").map { Int($0)! })
        }
        let published = Dictionary(uniqueKeysWithValues: shapes)
        #expect(
          published == Dictionary(uniqueKeysWithValues: model.parameters.map { ($0, $1.shape) }))
        #expect(published.values.reduce(0) { $0 + $1.reduce(1, *) } == model.parameterCount)
      } else {
        let stored = file.names.filter { !$0.contains("/") }
        #expect(Set(stored) == Set(model.state.map(\.name)))
        for (name, parameter) in model.parameters {
          #expect(try file.entry(name).shape == parameter.shape, "\(name)")
        }
      }
    }
  }

  @Test("refuses batches without what it reads, naming it")
  func refusals() async {
    func message(_ result: ExitTest.Result?) -> String {
      String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
    let roles = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var configuration = GraphTransformerConfiguration.zinc
      configuration.usesWeisfeilerLehmanEncoding = true
      let model = GraphTransformer<Float>(configuration, seed: 0)
      _ = model(GraphBatch(MoleculeGenerator(seed: 1).molecules(0..<1)), .evaluation())
    }
    #expect(message(roles).contains("GraphTransformer: a batch without WL roles"))
    let types = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = GraphTransformer<Float>(.zinc, seed: 0)
      let graph = Graph(nodeCount: 2, sources: [], destinations: [])
      _ = model(GraphBatch([graph]), .evaluation())
    }
    #expect(message(types).contains("a batch without one node type a node"))
  }
}
