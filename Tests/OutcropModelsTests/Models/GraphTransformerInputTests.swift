import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTestSupport
import Testing

@Suite("GraphTransformer's inputs")
struct GraphTransformerInputTests {
  @Test("gives a graph without nodes a finite score, whatever the readout")
  func emptyGraph() {
    let empty = Graph(
      nodeCount: 0, sources: [], destinations: [], nodeTypes: IntegerFeatures(values: []),
      edgeTypes: IntegerFeatures(values: []), targets: [0])
    for readout in Readout.allCases {
      let model = GraphTransformer<Float>(smallConfiguration { $0.readout = readout }, seed: 1)
      let graph = MoleculeGenerator(seed: 2).molecule(0)
      let together = scores(model, [empty, graph, empty])
      #expect(together.allSatisfy { $0.isFinite })
      let alone = scores(model, [graph])
      #expect(difference("\(readout)", alone, [together[1]], tolerance: 1e-5) == nil)
      #expect(scores(model, [empty]).count == 1)
      #expect(scores(model, []).isEmpty)
    }
  }

  @Test("flips the signs of Laplacian eigenvectors in training alone")
  func signs() {
    let model = GraphTransformer<Float>(
      smallConfiguration { $0.usesLaplacianEncoding = true }, seed: 11)
    let batch = GraphBatch(randomGraphs(6, seed: 3))
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

  // The published program creates parameters in the order of `parameter_order`; here attention,
  // node block and edge block follow each other. Names decide, so only the set must agree.
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
    #expect(
      message(roles).contains(
        "WeisfeilerLehmanEncoding: a batch without Weisfeiler-Lehman roles"))
    let types = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = GraphTransformer<Float>(.zinc, seed: 0)
      let graph = Graph(nodeCount: 2, sources: [], destinations: [])
      _ = model(GraphBatch([graph]), .evaluation())
    }
    #expect(message(types).contains("FeatureEncoder: a batch without one type a row"))
  }
}
