import Foundation
import OutcropCore

/// Which connections of a unit `Tensor.kaimingUniform` counts, and therefore which pass keeps its variance.
public enum Fan: Sendable {
  /// The inputs: keeps the variance of the forward pass.
  case `in`
  /// The outputs: keeps the variance of the backward pass.
  case out
}

extension Tensor where Scalar: TensorScalar {
  /// A random weight by Xavier (Glorot & Bengio 2010) uniform initialization: uniform in
  /// ±gain · √(6 / (fan in + fan out)). Weights are [out, in, ...]; further axes, as of a convolution,
  /// multiply both fans.
  public static func xavierUniform(
    _ shape: [Int], gain: Double = 1, using generator: inout RandomGenerator
  ) -> Tensor {
    let (fanIn, fanOut) = fans("xavierUniform", shape)
    let bound = gain * (6 / (fanIn + fanOut)).squareRoot()
    return uniform(shape, low: -bound, high: bound, using: &generator)
  }

  /// Like `xavierUniform`, but normal with the standard deviation gain · √(2 / (fan in + fan out)).
  public static func xavierNormal(
    _ shape: [Int], gain: Double = 1, using generator: inout RandomGenerator
  ) -> Tensor {
    let (fanIn, fanOut) = fans("xavierNormal", shape)
    return normal(
      shape, deviation: gain * (2 / (fanIn + fanOut)).squareRoot(), using: &generator)
  }

  /// A random weight by Kaiming (He et al. 2015) uniform initialization: uniform in
  /// ±√(6 / ((1 + slope²) fan)).
  ///
  /// - Parameters:
  ///   - shape: [out, in, ...].
  ///   - slope: the negative slope of the leaky ReLU that follows; 0 for ReLU.
  ///   - fan: whether the inputs or the outputs are counted.
  ///   - generator: draws the values.
  public static func kaimingUniform(
    _ shape: [Int], slope: Double = 0, fan: Fan = .in, using generator: inout RandomGenerator
  ) -> Tensor {
    let bound = 3.0.squareRoot() * kaimingDeviation("kaimingUniform", shape, slope, fan)
    return uniform(shape, low: -bound, high: bound, using: &generator)
  }

  /// Like `kaimingUniform`, but normal with the standard deviation √(2 / ((1 + slope²) fan)).
  public static func kaimingNormal(
    _ shape: [Int], slope: Double = 0, fan: Fan = .in, using generator: inout RandomGenerator
  ) -> Tensor {
    normal(
      shape, deviation: kaimingDeviation("kaimingNormal", shape, slope, fan), using: &generator)
  }

  /// A random matrix with orthonormal rows (orthonormal columns if there are more rows than columns), times
  /// `gain` (Saxe et al. 2014). Axes after the first count as columns. Computed by applying Gram–Schmidt
  /// twice to normal random vectors in double precision.
  public static func orthogonal(
    _ shape: [Int], gain: Double = 1, using generator: inout RandomGenerator
  ) -> Tensor {
    require(shape.count >= 2, "orthogonal: found the shape \(shape), expected at least two axes")
    let (rows, columns) = (shape[0], shape[1...].product)
    let (count, length) = (Swift.min(rows, columns), Swift.max(rows, columns))
    var vectors: [[Double]] = []
    while vectors.count < count {
      var vector = (0..<length).map { _ in generator.normal() }
      for _ in 0..<2 {
        for other in vectors {
          let share = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
          for index in vector.indices { vector[index] -= share * other[index] }
        }
      }
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if norm > 1e-6 { vectors.append(vector.map { $0 / norm }) }
    }
    return Tensor(unsafeUninitialized: shape) { target in
      for row in 0..<rows {
        for column in 0..<columns {
          let value = rows <= columns ? vectors[row][column] : vectors[column][row]
          target[row * columns + column] = Scalar(gain * value)
        }
      }
    }
  }

  /// Independent normal random values within `limits`, by default two deviations around 0: values outside are
  /// drawn again. Traps if the mean is outside.
  public static func truncatedNormal(
    _ shape: [Int], mean: Double = 0, deviation: Double = 1, in limits: ClosedRange<Double>? = nil,
    using generator: inout RandomGenerator
  ) -> Tensor {
    let limits = limits ?? mean - 2 * deviation...mean + 2 * deviation
    require(
      limits.contains(mean) && deviation > 0,
      "truncatedNormal: mean \(mean), deviation \(deviation) and limits \(limits); expected limits around "
        + "the mean and a positive deviation")
    let width = limits.upperBound - limits.lowerBound
    func draw() -> Double {
      while true {
        if width > 2 * deviation {
          let value = mean + deviation * generator.normal()
          if limits.contains(value) { return value }
        } else {
          // Narrow limits would reject most normal values; uniform ones are accepted by their density.
          let value = limits.lowerBound + width * generator.unit()
          let z = (value - mean) / deviation
          if generator.unit() < Foundation.exp(-z * z / 2) { return value }
        }
      }
    }
    return Tensor(unsafeUninitialized: shape) { target in
      for index in target.indices { target[index] = Scalar(draw()) }
    }
  }

  private static func kaimingDeviation(
    _ name: String, _ shape: [Int], _ slope: Double, _ fan: Fan
  ) -> Double {
    let (fanIn, fanOut) = fans(name, shape)
    return (2 / (1 + slope * slope) / (fan == .in ? fanIn : fanOut)).squareRoot()
  }

  private static func fans(_ name: String, _ shape: [Int]) -> (Double, Double) {
    require(shape.count >= 2, "\(name): found the shape \(shape), expected [out, in, ...]")
    let field = shape[2...].product
    return (Double(Swift.max(1, shape[1] * field)), Double(Swift.max(1, shape[0] * field)))
  }
}
