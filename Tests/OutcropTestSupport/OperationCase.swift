import OutcropCore
import OutcropTensor

/// What an operation's input is drawn from. Finite differences need distance from kinks and poles.
public enum InputDomain: Sendable {
  /// Standard normal.
  case normal
  /// 0.5 ... 2.
  case positive
  /// A magnitude of 0.2 ... 1.5, either sign.
  case awayFromZero
  /// Equally spaced values in random order: no two are close.
  case distinct

  public func draw<Scalar: TensorScalar>(
    _ shape: [Int], using generator: inout RandomGenerator
  ) -> Tensor<Scalar> {
    switch self {
    case .normal: return .normal(shape, using: &generator)
    case .positive: return .uniform(shape, low: 0.5, high: 2, using: &generator)
    case .awayFromZero:
      return Tensor(unsafeUninitialized: shape) { target in
        for index in target.indices {
          let magnitude = 0.2 + 1.3 * generator.unit()
          target[index] = Scalar(generator.unit() < 0.5 ? -magnitude : magnitude)
        }
      }
    case .distinct:
      let count = shape.reduce(1, *)
      let order = generator.permutation(count)
      let step = 4 / Double(max(1, count))
      return Tensor(order.map { Scalar(Double($0) * step - 2) }, shape: shape)
    }
  }
}

/// One way to call a differentiable operation, with the shapes to call it on. A table of these is
/// checked against finite differences in `Double` and for the same bits on any number of threads in
/// `Float`.
public struct OperationCase<Scalar: TensorScalar>: Sendable {
  /// The raw value of the operation that the call must put on the tape.
  public let operation: String
  /// The operation and what is special about this call.
  public let name: String
  /// The domains of the inputs; the last stands for all further ones.
  public let domains: [InputDomain]
  /// Each entry holds the inputs' shapes of one small call.
  public let shapes: [[[Int]]]
  /// The inputs' shapes of calls that are large enough to be cut into several chunks.
  public let largeShapes: [[[Int]]]
  /// The results for the given inputs. It must not depend on anything else.
  public let apply: @Sendable ([Tensor<Scalar>]) -> [Tensor<Scalar>]

  public init(
    _ operation: some DifferentiableOperation, _ note: String = "",
    domains: [InputDomain] = [.normal], shapes: [[[Int]]], large: [[[Int]]] = [],
    _ apply: @escaping @Sendable ([Tensor<Scalar>]) -> [Tensor<Scalar>]
  ) {
    self.operation = operation.rawValue
    name = note.isEmpty ? operation.rawValue : "\(operation.rawValue) (\(note))"
    self.domains = domains
    self.shapes = shapes
    largeShapes = large
    self.apply = apply
  }

  /// As the other initializer, for one result.
  public init(
    _ operation: some DifferentiableOperation, _ note: String = "",
    domains: [InputDomain] = [.normal], shapes: [[[Int]]], large: [[[Int]]] = [],
    _ apply: @escaping @Sendable ([Tensor<Scalar>]) -> Tensor<Scalar>
  ) {
    self.init(operation, note, domains: domains, shapes: shapes, large: large) { [apply($0)] }
  }

  /// Inputs of the given shapes, the same for the same seed.
  public func inputs(_ shapes: [[Int]], seed: UInt64) -> [Tensor<Scalar>] {
    var generator = RandomGenerator(seed: seed)
    return shapes.enumerated().map { index, shape in
      domains[min(index, domains.count - 1)].draw(shape, using: &generator)
    }
  }
}
