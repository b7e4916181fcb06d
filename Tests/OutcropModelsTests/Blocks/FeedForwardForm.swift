import OutcropModels
import OutcropTensor
import OutcropTestSupport

/// One configuration of the fused feed-forward block: with or without the projection and the residual.
struct FeedForwardForm: Sendable, CustomStringConvertible {
  var hasProjection = true
  var hasResidual = true

  static let all = [true, false].flatMap { projection in
    [true, false].map { FeedForwardForm(hasProjection: projection, hasResidual: $0) }
  }

  var description: String {
    (hasProjection ? "projection" : "no projection")
      + (hasResidual ? ", residual" : ", no residual")
  }

  /// The inputs' shapes: x, norm₁, W₁ and b₁, W₂ and b₂, norm₂, then O and b_O and the residual.
  func shapes(rows: Int, width: Int, hidden: Int? = nil) -> [[Int]] {
    let (D, H) = (width, hidden ?? 2 * width)
    return [[rows, D], [D], [D], [H, D], [H], [D, H], [D], [D], [D]]
      + (hasProjection ? [[D, D], [D]] : []) + (hasResidual ? [[rows, D]] : [])
  }

  func inputs<S: TensorScalar>(_ all: [Tensor<S>]) -> FusedFeedForward<S>.Inputs {
    FusedFeedForward.Inputs(
      x: all[0], residual: hasResidual ? all[all.count - 1] : nil,
      projection: hasProjection ? (all[9], all[10]) : nil, norm1: (all[1], all[2]),
      norm2: (all[7], all[8]), first: (all[3], all[4]), second: (all[5], all[6]))
  }

  /// The same in single operations; normalizations by `moments` where they are given, else by the batch's.
  func plain<S: TensorScalar>(
    _ all: [Tensor<S>], moments: [(mean: Tensor<S>, variance: Tensor<S>)]? = nil
  ) -> Tensor<S> {
    let tensors = inputs(all)
    func normalized(_ x: Tensor<S>, _ residual: Tensor<S>?, _ number: Int) -> Tensor<S> {
      let (weight, bias) = number == 0 ? tensors.norm1 : tensors.norm2
      guard let moments else {
        return x.batchNorm(weight: weight, bias: bias, residual: residual).output
      }
      return x.batchNorm(
        weight: weight, bias: bias, residual: residual, mean: moments[number].mean,
        variance: moments[number].variance)
    }
    let x = tensors.projection.map { tensors.x.linear(weight: $0.weight, bias: $0.bias) }
    let m = normalized(x ?? tensors.x, tensors.residual, 0)
    let h = m.linear(weight: tensors.first.weight, bias: tensors.first.bias, activation: .relu)
    let z = h.linear(weight: tensors.second.weight, bias: tensors.second.bias)
    return normalized(z, hasResidual ? m : nil, 1)
  }

  /// For the checks of gradients and of threads.
  static func cases<S: TensorScalar>(_: S.Type) -> [OperationCase<S>] {
    all.map { form in
      OperationCase(
        ModelOperation.fusedFeedForward, form.description, domains: [.normal],
        shapes: [
          form.shapes(rows: 6, width: 2), form.shapes(rows: 7, width: 3),
          form.shapes(rows: 1, width: 2), form.shapes(rows: 4, width: 3, hidden: 0),
        ],
        // More chunks than groups.
        large: [form.shapes(rows: 2500, width: 64)]
      ) { FusedFeedForward.training(form.inputs($0), epsilon: 1e-5).output }
    }
  }
}
