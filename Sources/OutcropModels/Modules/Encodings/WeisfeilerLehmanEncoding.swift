import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// Weisfeiler–Lehman roles, embedded and added to the nodes (Dwivedi and Bresson 2020, "A Generalization of
/// Transformer Networks to Graphs").
public struct WeisfeilerLehmanEncoding: PositionalEncoding {
  /// The roles of the embedding are 0 ..< `roleCount`.
  public var roleCount: Int

  /// An encoding of the given number of roles.
  public init(roleCount: Int) { self.roleCount = roleCount }

  public func prepare(_ dataset: GraphDataset) -> GraphDataset {
    dataset.addingWeisfeilerLehmanRoles()
  }

  public func problem(with batch: GraphBatch) -> String? {
    guard let roles = batch.attributes[.weisfeilerLehmanRoles] else {
      return "no Weisfeiler-Lehman roles"
    }
    return roles.values.first { !(0..<roleCount).contains(Int($0)) }.map {
      "Weisfeiler-Lehman role \($0) (the model knows 0 ... \(roleCount - 1))"
    }
  }

  public func makeEmbedding<Scalar: TensorScalar>(
    width: Int, using generator: inout RandomGenerator, _: Scalar.Type
  ) -> any PositionalEmbedding<Scalar> {
    Embedding<Scalar>(
      table: EmbeddingLayer(count: roleCount, width: width, using: &generator))
  }

  private final class Embedding<Scalar: TensorScalar>: PositionalEmbedding {
    let table: EmbeddingLayer<Scalar>

    init(table: EmbeddingLayer<Scalar>) { self.table = table }

    func callAsFunction(
      _ nodes: Tensor<Scalar>, _ batch: GraphBatch, _ context: ForwardContext
    ) -> Tensor<Scalar> {
      guard let roles = batch.attributes[.weisfeilerLehmanRoles] else {
        fatalError("WeisfeilerLehmanEncoding: a batch without Weisfeiler-Lehman roles")
      }
      return nodes + table(roles.values)
    }

    var state: [StateEntry<Scalar>] { table.state(in: "embedding_wl_pos_enc") }
  }
}
