import Foundation
import OutcropTensor
import Testing

@Suite("Tensors are values")
struct TensorTests {
  @Test("Shapes, counts and values")
  func basics() {
    let x = Tensor<Float>([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(x.rank == 2 && x.count == 6 && x.values == [1, 2, 3, 4, 5, 6])
    #expect(Tensor<Float>(3).shape == [] && Tensor<Float>(3).scalar == 3)
    #expect(Tensor<Float>.zeros([2, 0]).values.isEmpty)
    #expect(x.description == "Tensor<Float> [2, 3] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]")
  }

  @Test("Writing to one tensor leaves those that share its memory alone")
  func copyOnWrite() {
    let x = Tensor<Float>([1, 2, 3, 4], shape: [2, 2])
    var row = x.sliced(1..<2)
    var flat = x.reshaped([4])
    row.withUnsafeMutableBufferPointer { $0[0] = 30 }
    flat.withUnsafeMutableBufferPointer { $0[0] = 10 }
    #expect(x.values == [1, 2, 3, 4])
    #expect(row.values == [30, 4])
    #expect(flat.values == [10, 2, 3, 4])
  }

  @Test("A changed copy of a leaf is another leaf")
  func changedLeaf() {
    let leaf = Tensor<Double>([1, 2]).trackingGradients()
    var copy = leaf
    copy.withUnsafeMutableBufferPointer { $0[0] = 7 }
    (copy * copy).sum().backward()
    #expect(copy.gradient?.values == [14, 4])
    #expect(leaf.gradient == nil && leaf.values == [1, 2])
  }

  @Test("A leaf that is written to in place stays the same leaf")
  func leafInPlace() {
    let values = Tensor<Double>([1, 2])
    var leaf = values.trackingGradients()
    leaf.sum().backward()
    leaf.withUnsafeMutableBufferPointer { $0[0] = 7 }
    #expect(leaf.gradient?.values == [1, 1] && values.values == [1, 2])
    (leaf * leaf).sum().backward()
    #expect(leaf.gradient?.values == [15, 5])
  }

  @Test("Division by a number divides")
  func division() {
    // The reciprocal of this subnormal number is infinite.
    let tiny: Float = 0x1p-133
    let x = Tensor<Float>([0, tiny, 1, 5])
    #expect((x / tiny).values[...1] == [0, 1])
    #expect((x / 3).values == x.values.map { $0 / 3 })
    let leaf = Tensor<Float>([7]).trackingGradients()
    (leaf / 3).backward(gradient: Tensor([5]))
    #expect(leaf.gradient?.scalar == Float(5) / 3)
  }

  @Test("An array is a copy of the elements, a description shows eight of them")
  func copies() {
    let x = Tensor<Float>((0..<20).map(Float.init), shape: [4, 5]).sliced(1..<3)
    #expect(Array(x) == x.values && Array(x) == (5..<15).map(Float.init))
    #expect(
      x.description == "Tensor<Float> [2, 5] [5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, …]")
    #expect(x.map { $0 * 2 }.values == (5..<15).map { Float(2 * $0) })
  }

  @Test("A reshape works out one size")
  func reshape() {
    let x = Tensor<Float>.zeros([2, 6])
    #expect(x.reshaped([-1, 4]).shape == [3, 4])
    #expect(x.reshaped([12, -1]).shape == [12, 1])
    #expect(Tensor<Float>.zeros([0, 3]).reshaped([-1, 3]).shape == [0, 3])
  }

  @Test("Special values pass through element-wise functions")
  func specialValues() {
    let x = Tensor<Float>([.nan, -.infinity, .infinity, -0.0])
    #expect(x.relu().values[0].isNaN && x.relu().values[1...] == [0, .infinity, 0])
    #expect(
      x.clamped(to: -1...1).values[0].isNaN && x.clamped(to: -1...1).values[1...] == [-1, 1, 0])
    #expect(x.sigmoid().values[0].isNaN && x.sigmoid().values[1...] == [0, 1, 0.5])
    #expect(x.exp().values[0].isNaN && x.exp().values[1...] == [0, .infinity, 1])
    #expect(x.max().scalar.isNaN)
    #expect(x.sliced(1..<4).max().scalar == .infinity)
    #expect(Tensor<Float>.zeros([0]).mean().scalar.isNaN)
    #expect(Tensor<Float>.zeros([0]).sum().scalar == 0)
  }

  @Test("exp is exact to two units in the last place up to both ends of its range")
  func exponentialRange() {
    var arguments = stride(from: -104.5, through: 89, by: 0.0137).map { Float($0) }
    // Where the result becomes 0, subnormal, more than 2^127 and infinite.
    for end in [-103.97208, -87.336544, 88.02969, 88.376264, 88.72284] as [Float] {
      arguments += [end.nextDown, end, end.nextUp]
    }
    for (x, y) in zip(arguments, Tensor(arguments).exp().values) {
      let exact = Foundation.exp(Double(x))
      let rounded = Float(exact)
      if rounded == .infinity || rounded == 0 {
        #expect(y == rounded, "exp(\(x))")
      } else {
        let unit = Double(Swift.max(rounded.ulp, Float.leastNonzeroMagnitude))
        #expect(Swift.abs(Double(y) - exact) <= 2 * unit, "exp(\(x)) is \(y), expected \(exact)")
      }
    }
    let wide = Tensor<Float>([-.greatestFiniteMagnitude, .greatestFiniteMagnitude, -1e9, 3e8])
    #expect(wide.exp().values == [0, .infinity, 0, .infinity])
  }

  @Test("Long sums in single precision keep their digits")
  func longSums() {
    let count = 1 << 20
    let x = Tensor<Float>(repeating: 0.1, shape: [count])
    let expected = Double(Float(0.1)) * Double(count)
    #expect(abs(Double(x.sum().scalar) / expected - 1) < 1e-6)
    let columns = x.reshaped([count / 2, 2]).sum(axes: [0])
    for value in columns.values { #expect(abs(Double(value) / (expected / 2) - 1) < 1e-5) }
  }
}
