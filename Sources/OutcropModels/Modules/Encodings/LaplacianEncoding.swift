import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// Laplacian eigenvectors, mapped linearly and added to the nodes (Dwivedi and Bresson 2020, "A
/// Generalization of Transformer Networks to Graphs"). In training each eigenvector's sign is drawn once
/// per batch.
public struct LaplacianEncoding: PositionalEncoding {
  /// The number of eigenvectors.
  public var columns: Int
  /// The published name of the map.
  public var layerName: String

  /// An encoding of the given number of eigenvectors, with a map of the given name.
  public init(columns: Int, layerName: String = "embedding_lap_pos_enc") {
    (self.columns, self.layerName) = (columns, layerName)
  }

  public func prepare(_ dataset: GraphDataset) throws -> GraphDataset {
    try dataset.addingLaplacianEncoding(columns: columns)
  }

  public func problem(with batch: GraphBatch) -> String? {
    let found = batch.attributes[.laplacianEigenvectors]?.columns ?? 0
    return found == columns
      ? nil : "\(found) Laplacian eigenvectors (the model takes \(columns))"
  }

  public func makeEmbedding<Scalar: TensorScalar>(
    width: Int, using generator: inout RandomGenerator, _: Scalar.Type
  ) -> any PositionalEmbedding<Scalar> {
    Embedding<Scalar>(
      map: LinearLayer(in: columns, out: width, using: &generator), encoding: self)
  }

  private final class Embedding<Scalar: TensorScalar>: PositionalEmbedding {
    let map: LinearLayer<Scalar>
    let encoding: LaplacianEncoding

    init(map: LinearLayer<Scalar>, encoding: LaplacianEncoding) {
      (self.map, self.encoding) = (map, encoding)
    }

    func callAsFunction(
      _ nodes: Tensor<Scalar>, _ batch: GraphBatch, _ context: ForwardContext
    ) -> Tensor<Scalar> {
      guard let vectors = batch.attributes[.laplacianEigenvectors],
        vectors.columns == encoding.columns
      else { fatalError("LaplacianEncoding: \(encoding.problem(with: batch) ?? "")") }
      return nodes + map(context.flippingSigns(vectors, Scalar.self))
    }

    var state: [StateEntry<Scalar>] { map.state(in: encoding.layerName) }
  }
}

extension ForwardContext {
  /// An eigenvector's sign is arbitrary, so training flips each column at random, once per batch.
  func flippingSigns<Scalar: TensorScalar>(
    _ encoding: RealFeatures, _: Scalar.Type
  ) -> Tensor<Scalar> {
    let x = Tensor<Scalar>(
      encoding.values.map { Scalar($0) }, shape: [encoding.rows, encoding.columns])
    guard isTraining, flipsEncodingSigns else { return x }
    return x * Tensor(randomSigns(encoding.columns))
  }

  /// −1 or 1, drawn `count` times.
  func randomSigns<Scalar: TensorScalar>(_ count: Int) -> [Scalar] {
    (0..<count).map { _ in generator.unit() < 0.5 ? -1 : 1 }
  }
}
