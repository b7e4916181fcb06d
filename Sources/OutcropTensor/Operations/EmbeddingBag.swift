/// How the rows of one bag are combined.
public enum EmbeddingBagMode: Sendable {
  case sum, mean, max
}

extension Tensor where Scalar: TensorScalar {
  /// The sum, mean or maximum of each bag of rows of this table: [R, ...] → [B, ...]. Bag b is the
  /// rows `rows.rows[bags.offsets[b] ..< bags.offsets[b + 1]]`; an empty bag gives 0.
  public func embeddingBag(
    rows: RowIndex, bags: Segments, mode: EmbeddingBagMode = .mean
  ) -> Tensor {
    let found = gathered(rows: rows)
    switch mode {
    case .sum: return found.segmentSum(bags)
    case .mean: return found.segmentMean(bags)
    case .max: return found.segmentMax(bags)
    }
  }
}
