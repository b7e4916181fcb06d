import OutcropCore
import OutcropGraph
import OutcropTensor

/// The part of edge attention that follows the scores, in plain operations: for given s [E, D], of H heads,
///
///     w_e   = f_e · exp(clamp(Σ s_e, −5, 5))
///     out_i = Σ w_e (V_j + v_bias) / (Σ w_e + 1e-6)
///
/// as in `edgeAttention`. For scores that were changed after they were computed. A node without incoming edges
/// gets 0.
///
/// - Parameters:
///   - scores: s [E, D] in destination order.
///   - value: V of the sources [N_src, D].
///   - edges: the edges, grouped by destination.
///   - heads: the number of heads; must divide D.
///   - valueBias: v_bias, D elements in [head, channel] order.
///   - factors: f [E], or nil for 1.
///   - sourceRows: the rows of `edges.sources`, where they are there already.
///   - addedToDenominator: what is added to Σ w_e.
/// - Returns: out [N_dst, D]. It can be differentiated.
public func attention<Scalar: TensorScalar>(
  fromScores scores: Tensor<Scalar>, value: Tensor<Scalar>, edges: EdgeIndex, heads: Int,
  valueBias: Tensor<Scalar>? = nil, factors: Tensor<Scalar>? = nil, sourceRows: RowIndex? = nil,
  addedToDenominator: Double = 1e-6
) -> Tensor<Scalar> {
  let (E, D) = (edges.edgeCount, value.shape[1])
  require(
    scores.shape == [E, D] && D % heads == 0,
    "attention(fromScores:): scores \(scores.shape) for \(E) edges and values \(value.shape) with "
      + "\(heads) heads")
  let d = D / heads
  let intoNodes = Segments(offsets: edges.destinationOffsets)
  var V = value.gathered(
    rows: sourceRows ?? RowIndex(edges.sources, rowCount: edges.sourceCount)
  ).reshaped([E, heads, d])
  if let valueBias { V = V + valueBias.reshaped([1, heads, d]) }
  var w = scores.reshaped([E, heads, d]).sum(axes: [2], keepingAxes: true).clamped(to: -5...5).exp()
  if let factors { w = w * factors.reshaped([E, 1, 1]) }
  let sums = (w * V).reshaped([E, D]).segmentSum(intoNodes)
    .reshaped([edges.destinationCount, heads, d])
  let total = w.reshaped([E, heads]).segmentSum(intoNodes)
    .reshaped([edges.destinationCount, heads, 1])
  return (sums / (total + Scalar(addedToDenominator))).reshaped([edges.destinationCount, D])
}

extension Tensor where Scalar: TensorScalar {
  /// The rows of `self`, where `isChanged` the rows of `other`, which has the same shape. Unchanged rows keep
  /// their bits.
  func replacingRows(with other: Tensor, where isChanged: [Bool]) -> Tensor {
    let count = Int32(shape[0])
    let rows = isChanged.enumerated().map { Int32($0) + ($1 ? count : 0) }
    return Tensor(concatenating: [self, other])
      .gathered(rows: RowIndex(rows, rowCount: 2 * shape[0]))
  }

  /// For each row whether its bits, or numbers equal to them, differ from those of `other`.
  func rowsDiffer(from other: Tensor) -> [Bool] {
    let width = shape[1]
    return withUnsafeBufferPointer { mine in
      other.withUnsafeBufferPointer { theirs in
        (0..<shape[0]).map { row in
          (row * width..<(row + 1) * width).contains { mine[$0] != theirs[$0] }
        }
      }
    }
  }
}

extension AttentionProjections {
  /// V of the sources.
  var value: Tensor<Scalar> {
    func columns(_ all: Tensor<Scalar>, _ part: Int, of count: Int) -> Tensor<Scalar> {
      let width = all.shape[1] / count
      return all.sliced(axis: 1, part * width..<(part + 1) * width)
    }
    return switch self {
    case .packed(let all): columns(all, 2, of: 3)
    case .bipartite(_, let keyValue): columns(keyValue, 1, of: 2)
    case .twofold(let all, _): columns(all, 2, of: 5)
    }
  }
}
