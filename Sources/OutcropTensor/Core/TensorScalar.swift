import CKernels
import Foundation
import OutcropBLAS
import OutcropFiles

/// A number type that tensors are made of: `Float` or `Double`.
public protocol TensorScalar: BLASScalar, StoredElement, LosslessStringConvertible {
  /// The random number that 64 random bits stand for, uniform in [0, 1).
  static func unit(fromBits bits: UInt64) -> Self
  static func exp(_ x: Self) -> Self
  static func log(_ x: Self) -> Self
  static func log1p(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
}

extension Float: TensorScalar {
  public static func unit(fromBits bits: UInt64) -> Float { Float(bits >> 40) * 0x1p-24 }
  public static func exp(_ x: Float) -> Float { Foundation.exp(x) }
  public static func log(_ x: Float) -> Float { Foundation.log(x) }
  public static func log1p(_ x: Float) -> Float { Foundation.log1p(x) }
  public static func tanh(_ x: Float) -> Float { Foundation.tanh(x) }
}

extension Double: TensorScalar {
  public static func unit(fromBits bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }
  public static func exp(_ x: Double) -> Double { Foundation.exp(x) }
  public static func log(_ x: Double) -> Double { Foundation.log(x) }
  public static func log1p(_ x: Double) -> Double { Foundation.log1p(x) }
  public static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }
}

/// The vectorized loops for a scalar type on this processor.
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
