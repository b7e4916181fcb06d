import Foundation
import OutcropCore

extension Tensor {
  /// Independent uniform values in [`low`, `high`).
  public static func uniform(
    _ shape: [Int], low: Double = 0, high: Double = 1, using generator: inout RandomGenerator
  ) -> Tensor {
    Tensor(shape: shape) { target in
      for index in target.indices { target[index] = Scalar(low + (high - low) * generator.unit()) }
    }
  }

  /// Independent normal values.
  public static func normal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1, using generator: inout RandomGenerator
  ) -> Tensor {
    Tensor(shape: shape) { target in
      for index in target.indices { target[index] = Scalar(mean + deviation * generator.normal()) }
    }
  }

  /// The weight [out, in] of a linear map as `torch.nn.Linear` draws it: uniform in ±1/√in (Kaiming's
  /// rule with a = √5).
  public static func linearWeight(
    out: Int, in columns: Int, using generator: inout RandomGenerator
  ) -> Tensor {
    let bound = 1 / Double(Swift.max(1, columns)).squareRoot()
    return uniform([out, columns], low: -bound, high: bound, using: &generator)
  }

  /// The bias [out] of a linear map with `columns` inputs as `torch.nn.Linear` draws it.
  public static func linearBias(
    out: Int, in columns: Int, using generator: inout RandomGenerator
  ) -> Tensor {
    let bound = 1 / Double(Swift.max(1, columns)).squareRoot()
    return uniform([out], low: -bound, high: bound, using: &generator)
  }

  /// An embedding table [count, width] as `torch.nn.Embedding` draws it: standard normal.
  public static func embeddingTable(
    count: Int, width: Int, using generator: inout RandomGenerator
  ) -> Tensor {
    normal([count, width], using: &generator)
  }

  /// Xavier (Glorot) uniform values for a weight [out, in].
  public static func xavierUniform(
    out: Int, in columns: Int, gain: Double = 1, using generator: inout RandomGenerator
  ) -> Tensor {
    let bound = gain * (6 / Double(Swift.max(1, out + columns))).squareRoot()
    return uniform([out, columns], low: -bound, high: bound, using: &generator)
  }
}
