import Foundation
import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// Independent uniform values in [`low`, `high`). A value that rounds to `high` becomes the number
  /// below it.
  public static func uniform(
    _ shape: [Int], low: Double = 0, high: Double = 1, using generator: inout RandomGenerator
  ) -> Tensor {
    require(low <= high, "uniform: found low \(low) above high \(high)")
    let (least, end) = (Scalar(low), Scalar(high))
    let greatest = Swift.max(least, end.nextDown)
    return Tensor(unsafeUninitialized: shape) { target in
      for index in target.indices {
        let value = Scalar(low + (high - low) * generator.unit())
        target[index] = value < end ? value : greatest
      }
    }
  }

  /// Independent normal random values.
  public static func normal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1, using generator: inout RandomGenerator
  ) -> Tensor {
    Tensor(unsafeUninitialized: shape) { target in
      for index in target.indices { target[index] = Scalar(mean + deviation * generator.normal()) }
    }
  }

  /// A random weight [out, in] of a linear map with the distribution of `torch.nn.Linear`: uniform
  /// in ±1/√in (Kaiming initialization with a = √5).
  public static func linearWeight(
    out: Int, in columns: Int, using generator: inout RandomGenerator
  ) -> Tensor {
    let bound = 1 / Double(Swift.max(1, columns)).squareRoot()
    return uniform([out, columns], low: -bound, high: bound, using: &generator)
  }

  /// A random bias [out] of a linear map with `columns` inputs with the distribution of
  /// `torch.nn.Linear`: uniform in ±1/√in.
  public static func linearBias(
    out: Int, in columns: Int, using generator: inout RandomGenerator
  ) -> Tensor {
    let bound = 1 / Double(Swift.max(1, columns)).squareRoot()
    return uniform([out], low: -bound, high: bound, using: &generator)
  }

  /// A random embedding table [count, width] with the distribution of `torch.nn.Embedding`:
  /// standard normal.
  public static func embeddingTable(
    count: Int, width: Int, using generator: inout RandomGenerator
  ) -> Tensor {
    normal([count, width], using: &generator)
  }

  /// A random weight [out, in] by Xavier (Glorot) uniform initialization: uniform in
  /// ±gain · √(6 / (out + in)).
  public static func xavierUniform(
    out: Int, in columns: Int, gain: Double = 1, using generator: inout RandomGenerator
  ) -> Tensor {
    let bound = gain * (6 / Double(Swift.max(1, out + columns))).squareRoot()
    return uniform([out, columns], low: -bound, high: bound, using: &generator)
  }
}
