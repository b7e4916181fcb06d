/// A group of benchmarks. `--only` selects families, and each family has one file and one chart.
package enum BenchFamily: String, Codable, CaseIterable, Sendable {
  /// Matrix products in the shapes of a training step.
  case products
  /// Batches of small products, of one size and of different sizes.
  case batched
  /// Edge attention of one layer.
  case attention
  /// Dense attention.
  case dense
  /// Dense attention of other lengths and depths.
  case lengths
  /// Training steps of the models.
  case step
  /// Passes of the models without gradients.
  case evaluation
  /// Edge attention and statistics from small to large.
  case scale
  /// Laplacian eigenvectors of a data set.
  case eigen
  /// Everyday tensor operations.
  case operations
  /// Linear algebra on many small matrices.
  case algebra
  /// Training steps of modules of the training kit.
  case modules
  /// Memory of training over many steps.
  case memory

  /// Whether `--batch-size` and `--data` change what the family measures.
  package var usesBatches: Bool {
    switch self {
    case .products, .attention, .step, .evaluation, .memory: true
    case .batched, .dense, .lengths, .scale, .eigen, .operations, .algebra, .modules: false
    }
  }

  /// The title of the family's chart.
  package var title: String {
    switch self {
    case .products: "Matrix products of a training step"
    case .batched: "Batched and ragged products"
    case .attention: "Edge attention"
    case .dense: "Dense attention"
    case .lengths: "Dense attention, from short to long"
    case .step: "Training step"
    case .evaluation: "Evaluation"
    case .scale: "From small to large"
    case .eigen: "Laplacian eigenvectors"
    case .operations: "Tensor operations"
    case .algebra: "Linear algebra on many small matrices"
    case .modules: "Training step of a module"
    case .memory: "A thousand steps"
    }
  }
}
