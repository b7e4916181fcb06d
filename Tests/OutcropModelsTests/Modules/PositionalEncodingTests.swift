import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// A positional encoding that is no part of the library, as a user would write it in one file: degrees,
/// embedded and added to the nodes (Ying et al. 2021, "Do Transformers Really Perform Bad for Graph
/// Representation?").
struct DegreeEncoding: CatalogedEncoding {
  static var name: String { "degree" }
  static let fields: [ConfigurationField<DegreeEncoding>] = [
    .integer("max_degree", \.largest, in: 1...1000, help: "larger degrees count as this one")
  ]
  var largest = 8

  func prepare(_ dataset: GraphDataset) -> GraphDataset {
    dataset.addingAttributes { $0.attributes[.degrees] = IntegerFeatures(values: $0.inDegrees) }
  }

  func problem(with batch: GraphBatch) -> String? {
    batch.attributes[.degrees] == nil ? "no degrees" : nil
  }

  func makeEmbedding<Scalar: TensorScalar>(
    width: Int, using generator: inout RandomGenerator, _: Scalar.Type
  ) -> any PositionalEmbedding<Scalar> {
    Embedding<Scalar>(largest, EmbeddingLayer(count: largest + 1, width: width, using: &generator))
  }

  private final class Embedding<Scalar: TensorScalar>: PositionalEmbedding {
    let largest: Int32
    let table: EmbeddingLayer<Scalar>

    init(_ largest: Int, _ table: EmbeddingLayer<Scalar>) {
      (self.largest, self.table) = (Int32(largest), table)
    }

    func callAsFunction(
      _ nodes: Tensor<Scalar>, _ batch: GraphBatch, _ context: ForwardContext
    ) -> Tensor<Scalar> {
      nodes + table(batch.attributes[.degrees]!.values.map { min($0, largest) })
    }

    var state: [StateEntry<Scalar>] { table.state(in: "embedding_degree") }
  }
}

extension AttributeKey where Features == IntegerFeatures {
  static var degrees: Self { Self("degrees", .node) }
}

@Suite("An encoding of one's own")
struct PositionalEncodingTests {
  private let data = GraphDataset(
    name: "x", train: randomGraphs(12, seed: 4), nodeTypeCount: 28, edgeTypeCount: 4,
    task: .regression)

  @Test("is added to graphs, checked, embedded and trained")
  func life() throws {
    var configuration = smallConfiguration()
    configuration.encodings = CatalogedEncodings([DegreeEncoding(largest: 5)])
    #expect(configuration.problem(with: GraphBatch(data.train)) == "no degrees")
    let prepared = try configuration.prepare(data)
    #expect(prepared.checksum == data.checksum)
    #expect(configuration.problem(with: GraphBatch(prepared.train)) == nil)
    let model = GraphTransformer<Float>(configuration, seed: 1)
    let table = try #require(
      model.parameters.first { $0.name == "embedding_degree.weight" }?.parameter)
    #expect(table.shape == [6, 16])
    let before = (table.value.values, scores(model, prepared.train))
    let losses = train(model, prepared.train, steps: 8)
    #expect(losses.last! < losses[0] && table.value.values != before.0)
    // What graphs carry decides, edge by edge equal: other degrees, other scores.
    let other = prepared.train.map { graph in
      var graph = graph
      graph.attributes[.degrees]!.values = graph.attributes[.degrees]!.values.map { 5 - min($0, 5) }
      return graph
    }
    #expect(scores(model, other) != scores(model, prepared.train))
  }

  /// In a process of its own: the catalog is the process's.
  @Test("is asked for in configuration files by its name")
  func inFiles() async {
    await #expect(processExitsWith: .success) {
      func read(_ json: String) throws -> GraphTransformerConfiguration {
        try GraphTransformerConfiguration(
          ConfigurationFields(json: Data(json.utf8), source: "file"))
      }
      let json =
        #"{"L": 1, "hidden_dim": 8, "n_heads": 2, "encodings": ["degree"], "max_degree": 3}"#
      let unknown = #expect(throws: InputError.self) { try read(json) }
      #expect(unknown?.field == "encodings")
      let known = PositionalEncodingCatalog.names
      PositionalEncodingCatalog.register(DegreeEncoding.self)
      PositionalEncodingCatalog.register(DegreeEncoding.self)
      #expect(PositionalEncodingCatalog.names == known + ["degree"])
      let configuration = try read(json)
      #expect((configuration.encodings.list.first as? DegreeEncoding)?.largest == 3)
      #expect(try read(JSONValue.object(configuration.fields).description) == configuration)
      var other = configuration
      other.encodings = CatalogedEncodings([DegreeEncoding(largest: 4)])
      #expect(other != configuration)
      let misspelled = #expect(throws: InputError.self) {
        try read(json.replacing("max_degree", with: "maximum"))
      }
      #expect(misspelled?.field == "maximum")
    }
  }
}
