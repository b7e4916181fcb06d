import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// Receives everything that is announced.
private final class AllObserver: ActivationObserver {
  struct Announcement: Hashable {
    let activation: AnnouncedActivation
    let layer: Int
  }
  /// The numbers of rows, one for each time.
  private(set) var rowCounts: [Announcement: [Int]] = [:]

  func wants(_ kind: ActivationKind) -> Bool { true }

  func observe<Scalar: TensorScalar>(_ activation: Activation<Scalar>, in batch: GraphBatch) {
    let announced = AnnouncedActivation(activation.kind, activation.rows)
    rowCounts[.init(activation: announced, layer: activation.layer), default: []]
      .append(activation.values.shape[0])
  }
}

@Suite("Announced activations")
struct AnnouncementTests {
  /// The variants on graphs, and with normalization of rows, without normalization and without the
  /// projection.
  private static let graphVariants: [ModelVariant] =
    ModelVariant.all
    + ModelVariant.base.flatMap { variant in
      [
        variant.with("layer norm") { ($0.usesLayerNorm, $0.usesBatchNorm) = (true, false) },
        variant.with("both norms") { $0.usesLayerNorm = true },
        variant.with("no norms") {
          ($0.usesBatchNorm, $0.hasOutputProjection, $0.dropout) = (false, false, 0.1)
        },
      ]
    } + [ModelVariant("Gated", GatedConfiguration())]

  private static let blockVariants: [ModelVariant] = {
    var published = EGATConfiguration()
    published.projectsBlockMessages = false
    return
      ([
        GraphTransformerConfiguration(), SANConfiguration(), GraphiTConfiguration(),
        EGATConfiguration(), published, GatedConfiguration(),
      ] as [any ModelArchitecture]).flatMap { architecture in
        [ModelVariant.Bias.off, .added].map { bias in
          ModelVariant("\(type(of: architecture))", architecture) {
            ($0.edgeFeatures, $0.outputCount) = (.linear(columns: 4), 2)
          }.with(bias)
        }
      }
  }()

  /// Runs a pass and compares what is announced with the model's list.
  private func check(_ variant: ModelVariant, _ batch: GraphBatch, isTraining: Bool) {
    func run(_ observers: [any ActivationObserver]) -> (
      announced: [AnnouncedActivation], bits: [UInt32]
    ) {
      func run(_ model: some GraphModel<Float>) -> [UInt32] {
        let context = ForwardContext(
          isTraining: isTraining, generator: RandomGenerator(seed: 3), observers: observers)
        let scores = isTraining ? model(batch, context) : withoutGradients { model(batch, context) }
        return scores.values.map(\.bitPattern)
      }
      let model = variant.architecture.makeModel(seed: 4, Float.self)
      return (model.announced, run(model))
    }
    let observer = AllObserver()
    let (announced, bits) = run([observer])
    #expect(bits == run([]).bits, "observing changes results")
    #expect(Set(announced.map(\.kind)).count == announced.count, "a kind is listed twice")
    let expected = announced.flatMap { activation in
      (0..<2).map { AllObserver.Announcement(activation: activation, layer: $0) }
    }
    #expect(Set(observer.rowCounts.keys) == Set(expected))
    for (announcement, counts) in observer.rowCounts {
      let edges = batch.block(announcement.layer).edges
      let (kind, count) = (announcement.activation.kind.rawValue, counts[0])
      #expect(counts.count == 1, "\(kind) is announced \(counts.count) times")
      switch announcement.activation.rows {
      case .edges: #expect(count == edges.edgeCount, "\(kind)")
      case .nodes where ["Q", "node", "O_h"].contains { kind.hasSuffix($0) }:
        #expect(count == edges.destinationCount, "\(kind)")
      case .nodes:
        #expect([edges.sourceCount, edges.destinationCount].contains(count), "\(kind)")
      case .other: Issue.record("\(kind): rows of no kind")
      }
    }
  }

  @Test(
    "are those that the model lists, with one row for each node or edge", arguments: graphVariants)
  private func onGraphs(_ variant: ModelVariant) {
    let batch = GraphBatch(variant.graphs(6, seed: 5))
    for isTraining in [false, true] { check(variant, batch, isTraining: isTraining) }
  }

  @Test("are those that the model lists, on blocks of sampled neighbors", arguments: blockVariants)
  private func onBlocks(_ variant: ModelVariant) throws {
    let batch = try handMadeBlocks(seed: 6)
    for isTraining in [false, true] { check(variant, batch, isTraining: isTraining) }
  }

  @Test("hold every published module of the layers", arguments: ModelVariant.all)
  private func everyModule(_ variant: ModelVariant) {
    func weights(_ model: some GraphModel<Float>) -> [String] {
      model.parameters.compactMap { name, _ in
        let parts = name.split(separator: ".")
        guard parts[0] == "layers", parts.last == "weight" else { return nil }
        return parts[2..<parts.count - 1].joined(separator: ".")
      }
    }
    let model = variant.architecture.makeModel(seed: 1, Float.self)
    #expect(Set(weights(model)).isSubset(of: Set(model.announced.map(\.kind.rawValue))))
  }

  /// In the first layer projections run once for each distinct row, and Q, K and V as one product.
  @Test("of projections are what the maps make of every node and edge")
  func projections() {
    let model = GraphTransformer<Float>(tinyConfiguration(), seed: 3)
    let batch = GraphBatch(sample.test)
    let names = ["Q", "K", "V", "proj_e"]
    let recorder = ActivationRecorder<Float>(
      kinds: Set(names.map { ActivationKind(rawValue: "attention.\($0)") }),
      inOriginalOrder: false)
    let (nodes, edges) = withoutGradients {
      _ = model(batch, .evaluation(observers: [recorder]))
      return (
        model.nodeEncoder(batch.nodeTypes, nil, count: batch.nodeCount).tensor,
        model.edgeEncoder(batch.edgeTypes, nil, count: batch.edgeCount).tensor
      )
    }
    let attention = (model.layers[0] as! GraphTransformerLayer<Float>).attention
    for (name, map, x) in [
      ("Q", attention.query, nodes), ("K", attention.key, nodes), ("V", attention.value, nodes),
      ("proj_e", attention.edge, edges),
    ] {
      let found = recorder.single(ActivationKind(rawValue: "attention.\(name)"), 0)!
      #expect(difference(name, found, map(x).detached, tolerance: 1e-6) == nil)
    }
  }

  @Test func feedForwardAndResidualOutputsOfGT() throws {
    let model = GraphTransformer<Float>(tinyConfiguration(), seed: 3)
    let batch = GraphBatch(sample.test)
    let (ffn, norm) = (
      ActivationKind(rawValue: "FFN_e_layer2"), ActivationKind(rawValue: "batch_norm2_h")
    )
    let seen = ActivationRecorder<Float>(
      kinds: [ffn, norm, .nodeOutput, .edgeOutput, .edge], inOriginalOrder: false)
    _ = withoutGradients { model(batch, .evaluation(observers: [seen])) }
    #expect(seen.activations.count == 10)
    for layer in 0..<2 {
      #expect(seen.single(ffn, layer)?.shape == [batch.edgeCount, 16])
      // The last normalization of the node block is what the layer passes on.
      #expect(seen.single(norm, layer)?.values == seen.single(.nodeOutput, layer)?.values)
      #expect(seen.single(.edgeOutput, layer)?.shape == [batch.edgeCount, 16])
    }
    // By default an observer receives nothing but attention.
    let plain = ActivationRecorder<Float>()
    _ = withoutGradients { model(batch, .evaluation(observers: [plain])) }
    #expect(Set(plain.activations.keys.map(\.kind)) == [.edge, .node])
  }

  /// Evaluation takes the fused block without a tape and plain operations with one.
  @Test("are the same for the fused block and for plain operations")
  func fusedAndPlain() {
    let model = GraphTransformer<Float>(tinyConfiguration(), seed: 3)
    let batch = GraphBatch(sample.test)
    let kinds = Set(model.announced.map(\.kind))
    let (fused, plain) = (
      ActivationRecorder<Float>(kinds: kinds), ActivationRecorder<Float>(kinds: kinds)
    )
    _ = withoutGradients { model(batch, .evaluation(observers: [fused])) }
    _ = model(batch, .evaluation(observers: [plain]))
    #expect(Set(fused.activations.keys) == Set(plain.activations.keys))
    for (key, values) in plain.activations {
      let name = "\(key.kind.rawValue), layer \(key.layer)"
      #expect(
        difference(name, fused.activations[key]![0], values[0], tolerance: 1e-5) == nil)
    }
  }

  @Test func modulesOfAUsersOwnModel() throws {
    let model = GraphNetwork<Float, GatedConfiguration>(GatedConfiguration(), seed: 3)
    let batch = GraphBatch(sample.test)
    #expect(
      model.announced.map(\.kind.rawValue) == [
        "edge", "node", "C", "bn_node_h", "edge_output", "node_output",
      ])
    let (norm, map) = (ActivationKind(rawValue: "bn_node_h"), ActivationKind(rawValue: "C"))
    let seen = ActivationRecorder<Float>(kinds: [norm, map], inOriginalOrder: false)
    _ = withoutGradients { model(batch, .evaluation(observers: [seen])) }
    #expect(seen.single(norm, 1)?.shape == [batch.nodeCount, 16])
    #expect(seen.single(map, 0)?.shape == [batch.edgeCount, 16])
  }

  @Test("of a ring, with as many edges as nodes, keep the rows that were announced")
  func ring() {
    let ring = GraphBatch([
      Graph(nodeCount: 3, sources: [0, 1, 2], destinations: [1, 2, 0], targets: [0])
    ])
    let observer = AllObserver()
    let context = ForwardContext.evaluation(observers: [observer])
    for rows in [ActivationRows.edges, .nodes, .other] {
      context.announce(
        ActivationKind(rawValue: "x_\(rows)"), layer: 0, rows: rows, Tensor<Float>.zeros([3, 2]),
        in: ring)
    }
    #expect(
      Set(observer.rowCounts.keys.map(\.activation)) == [
        AnnouncedActivation("x_edges", .edges), AnnouncedActivation("x_nodes", .nodes),
        AnnouncedActivation("x_other", .other),
      ])
  }

  @Test("are refused with the wrong number of rows")
  func wrongCounts() async {
    let edges = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      announceAlone(.edge, .edges, [3, 4])
    }
    #expect(text(edges).contains("`edge` of layer 0: 3 rows for 2 edges"))
    let nodes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      announceAlone(.node, .nodes, [2, 4])
    }
    #expect(text(nodes).contains("`node` of layer 0: 2 rows for 3 nodes"))
    let scalar = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      announceAlone(.edge, .edges, [])
    }
    #expect(text(scalar).contains("`edge` of layer 0: the shape []; expected [rows, width]"))
  }

  @Test("are refused where the model does not list them, or with other rows")
  func unlisted() async {
    let kind = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Misannouncing("gate", .edges)(pathOfThree(), .evaluation(observers: [AllObserver()]))
    }
    #expect(text(kind).contains("`gate` of layer 0 as edges; the model lists it not at all"))
    let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Misannouncing("edge", .other)(pathOfThree(), .evaluation(observers: [AllObserver()]))
    }
    #expect(text(rows).contains("`edge` of layer 0 as other; the model lists it as edges"))
  }

  @Test func trainingShowsModulesToo() throws {
    let recorder = ActivationRecorder<Float>(kinds: [ActivationKind(rawValue: "O_h")])
    let observed = trainer(epochs: 1)
    try observed.run(train: sample.train, validation: sample.validation, observers: [recorder])
    #expect(recorder.activations.count == 2)
    #expect(recorder.activations.values.allSatisfy { $0.count == 3 })
  }
}

private func text(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}

/// One graph of three nodes with two edges.
private func pathOfThree() -> GraphBatch {
  GraphBatch([Graph(nodeCount: 3, sources: [0, 1], destinations: [1, 2], targets: [0])])
}

private func announceAlone(_ kind: ActivationKind, _ rows: ActivationRows, _ shape: [Int]) {
  ForwardContext.evaluation(observers: [AllObserver()]).announce(
    kind, layer: 0, rows: rows, Tensor<Float>.zeros(shape), in: pathOfThree())
}

/// A model that announces two rows of edges under any name.
private final class Misannouncing: GraphModel {
  typealias Scalar = Float
  private let announcement: AnnouncedActivation

  init(_ name: String, _ rows: ActivationRows) {
    announcement = AnnouncedActivation(name, rows)
  }

  func forward(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Float> {
    context.announce(announcement, Tensor<Float>.zeros([2, 4]), LayerInput(batch, layer: 0))
    return .zeros([batch.graphCount, 1])
  }

  func problem(with batch: GraphBatch) -> String? { nil }
  func encode(_ dataset: GraphDataset) -> GraphDataset { dataset }
  var outputCount: Int { 1 }
  var name: String { "misannouncing" }
  var configurationFields: [String: JSONValue] { [:] }
  var state: [StateEntry<Float>] { [] }
}
