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
    #expect(x.clamp(-1, 1).values[0].isNaN && x.clamp(-1, 1).values[1...] == [-1, 1, 0])
    #expect(x.sigmoid().values[0].isNaN && x.sigmoid().values[1...] == [0, 1, 0.5])
    #expect(x.exp().values[0].isNaN && x.exp().values[1...] == [0, .infinity, 1])
    #expect(x.max().scalar.isNaN)
    #expect(x.sliced(1..<4).max().scalar == .infinity)
    #expect(Tensor<Float>.zeros([0]).mean().scalar.isNaN)
    #expect(Tensor<Float>.zeros([0]).sum().scalar == 0)
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
