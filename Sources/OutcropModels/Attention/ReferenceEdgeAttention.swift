import OutcropGraph
import OutcropTensor

/// `edgeAttention` with plain tensor operations: the specification for tests and measurements of the fused
/// operation. It gathers and keeps every intermediate result.
public func referenceEdgeAttention<Scalar: TensorScalar>(
  _ projections: AttentionProjections<Scalar>, edgeProjection: Tensor<Scalar>?, edges: EdgeIndex,
  heads: Int, bias: EdgeAttentionBias<Scalar>? = nil, factors: Tensor<Scalar>? = nil
) -> (output: Tensor<Scalar>, scores: Tensor<Scalar>) {
  let (q, k, v, second) = projections.separated
  let (E, D) = (edges.edgeCount, q.shape[1])
  let d = D / heads
  let root = Scalar(d).squareRoot()
  let source = RowIndex(edges.sources, rowCount: edges.sourceCount)
  let destination = RowIndex(edges.destinations, rowCount: edges.destinationCount)

  // s_e = (K_j ⊙ Q_i) / √d ⊙ P_e + b_e e_bias
  var Q = q.gathered(rows: destination).reshaped([E, heads, d])
  var K = k.gathered(rows: source).reshaped([E, heads, d])
  if let second {
    let marks = Tensor<Scalar>(second.alternate.map { Scalar($0) }, shape: [E, 1, 1])
    let Q2 = second.q.gathered(rows: destination).reshaped([E, heads, d])
    let K2 = second.k.gathered(rows: source).reshaped([E, heads, d])
    Q = Q * (1 - marks) + Q2 * marks
    K = K * (1 - marks) + K2 * marks
  }
  var V = v.gathered(rows: source).reshaped([E, heads, d])
  var s = K * Q / root
  if let edgeProjection { s = s * edgeProjection.reshaped([E, heads, d]) }
  if let bias {
    let b = (Q * bias.key.reshaped([1, heads, d])).sum(axes: [2], keepingAxes: true) / root
    s = s + b * bias.edge.reshaped([1, heads, d])
    V = V + bias.value.reshaped([1, heads, d])
  }

  // w_e = f_e exp(clamp(Σ s_e)), out_i = Σ w_e V_j / (Σ w_e + 1e-6)
  var w = s.sum(axes: [2], keepingAxes: true).clamped(to: -5...5).exp()
  if let factors { w = w * factors.reshaped([E, 1, 1]) }
  let sums = (w * V).scatterAdded(toRows: destination)
  let total = w.scatterAdded(toRows: destination)
  let out = sums / (total + 1e-6)
  return (out.reshaped([edges.destinationCount, D]), s.reshaped([E, D]))
}

extension AttentionProjections {
  /// Q, K and V as separate tensors.
  fileprivate var separated:
    (
      q: Tensor<Scalar>, k: Tensor<Scalar>, v: Tensor<Scalar>,
      second: (q: Tensor<Scalar>, k: Tensor<Scalar>, alternate: [Int32])?
    )
  {
    func part(_ all: Tensor<Scalar>, _ number: Int, of count: Int) -> Tensor<Scalar> {
      let width = all.shape[1] / count
      return all.sliced(axis: 1, number * width..<(number + 1) * width)
    }
    switch self {
    case .packed(let all):
      return (part(all, 0, of: 3), part(all, 1, of: 3), part(all, 2, of: 3), nil)
    case .bipartite(let query, let keyValue):
      return (query, part(keyValue, 0, of: 2), part(keyValue, 1, of: 2), nil)
    case .twofold(let all, let alternate):
      return (
        part(all, 0, of: 5), part(all, 1, of: 5), part(all, 2, of: 5),
        (part(all, 3, of: 5), part(all, 4, of: 5), alternate)
      )
    }
  }
}
