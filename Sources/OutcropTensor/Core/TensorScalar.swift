import CKernels
import Foundation
import OutcropBLAS
import OutcropFiles

/// An element type that carries gradients: `Float` or `Double`.
///
/// Only this package uses the requirements; their underscores prevent collisions with functions of
/// other packages on `Float` and `Double`. Other types must not conform.
public protocol TensorScalar: TensorNumber, BLASScalar {
  /// A number in [0, 1) from 64 random bits; uniform when the bits are.
  static func _unit(fromBits bits: UInt64) -> Self
  static func _exp(_ x: Self) -> Self
  static func _log(_ x: Self) -> Self
  static func _log1p(_ x: Self) -> Self
  static func _tanh(_ x: Self) -> Self
}

extension Float: TensorScalar {
  public static func _unit(fromBits bits: UInt64) -> Float { Float(bits >> 40) * 0x1p-24 }
  public static func _exp(_ x: Float) -> Float { Foundation.exp(x) }
  public static func _log(_ x: Float) -> Float { Foundation.log(x) }
  public static func _log1p(_ x: Float) -> Float { Foundation.log1p(x) }
  public static func _tanh(_ x: Float) -> Float { Foundation.tanh(x) }
}

extension Double: TensorScalar {
  public static func _unit(fromBits bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }
  public static func _exp(_ x: Double) -> Double { Foundation.exp(x) }
  public static func _log(_ x: Double) -> Double { Foundation.log(x) }
  public static func _log1p(_ x: Double) -> Double { Foundation.log1p(x) }
  public static func _tanh(_ x: Double) -> Double { Foundation.tanh(x) }
}

/// The vectorized kernels for a scalar type on this processor.
package enum Kernels<Scalar: TensorScalar> {
  package static var table: oc_kernels {
    Scalar.self == Float.self ? KernelTables.float.pointee : KernelTables.double.pointee
  }
}

private enum KernelTables {
  nonisolated(unsafe) static let float = oc_kernels_float()
  nonisolated(unsafe) static let double = oc_kernels_double()
}

/// The instruction set that the kernels were chosen for: `baseline`, `avx2` or `avx512`.
public var kernelInstructionSet: String {
  String(cString: KernelTables.float.pointee.instruction_set)
}
