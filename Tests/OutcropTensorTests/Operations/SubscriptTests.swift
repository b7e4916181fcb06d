import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Subscripts")
struct SubscriptTests {
  private let x = Tensor<Float>.arange(24).reshaped([2, 3, 4])

  @Test("Every form of an index")
  func forms() {
    #expect(x[1].shape == [3, 4] && x[1, 2] == [20, 21, 22, 23] && x[-1, -1, -1].scalar == 23)
    #expect(x[0..., 1, 2] == [6, 18] && x[..., 3].shape == [2, 3] && x[0, ..., 1] == [1, 5, 9])
    #expect(x[0, 1..<3, 0...1] == [[4, 5], [8, 9]] && x[.all, ...1, ..<(-3)].shape == [2, 2, 1])
    #expect(
      x[1, 0, .slice(by: 2)] == [12, 14] && x[1, 0, .slice(from: -1, to: 0, by: -2)] == [15, 13])
    #expect(x[.newAxis, ..., .newAxis].shape == [1, 2, 3, 4, 1])
    #expect(x[.ellipsis, 0] == x[..., 0] && x[...] == x && x[...(-1)] == x)
    #expect(x[[1, 0], [2, 0]] == [[20, 21, 22, 23], [0, 1, 2, 3]])
    #expect(x[0, 0, Tensor<Int32>([3, -4])] == [3, 0] && x[x .> 21] == [22, 23])
    #expect(Tensor<Bool>([true, false])[[1, 1]] == [false, false])
    #expect(Tensor<Int64>([[1, 2], [3, 4]])[.all, 1] == [2, 4])
  }

  @Test("One element")
  func elements() {
    #expect(x.scalar(at: 0, -1, 1) == 9 && x[1...].scalar(at: 0, 0, 0) == 12)
    // Arithmetic with a part is arithmetic of tensors.
    let sum = x[0] + x[1]
    let scaled = 2 * x[0, 1] * 2 - x[1, 0]
    #expect(sum.shape == [3, 4] && scaled == [4, 7, 10, 13])
  }

  @Test("Writing changes one value alone")
  func writing() {
    var y = x
    y[1, 0] = [0, 0, 0, 1]
    y[0, 0, 0] = 100
    y[..., 3] = 7
    y[0, .slice(from: 1), ..<2] = -1
    #expect(y[1, 0] == [0, 0, 0, 7])
    #expect(y[0] == [[100, 1, 2, 7], [-1, -1, 6, 7], [-1, -1, 10, 7]])
    #expect(x == Tensor<Float>.arange(24).reshaped([2, 3, 4]))
    y[y .< 0] = 0
    y[[1, 1], [2, 2], [0, 1]] += 1
    #expect(y[0, 1] == [0, 0, 6, 7] && y[1, 2] == [21, 22, 22, 7])
    y[[0, 0]] = Tensor<Float>([[[1]], [[2]]])
    #expect(y[0] == Tensor<Float>.full([3, 4], 2))
    var mask = Tensor<Bool>.zeros([3])
    mask[1] = true
    mask[(-1)...] = true
    #expect(mask == [false, true, true])
    var none = Tensor<Int32>.zeros([0, 2])
    none[0...] = 1
    #expect(none.count == 0)
    var leaf = Tensor<Double>([1, 2]).trackingGradients()
    leaf[0] = 5
    (leaf * leaf).sum().backward()
    #expect(leaf.gradient == [10, 4])
  }

  @Test("Mistakes trap and say what is wrong")
  func mistakes() async {
    let index = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.ones([2, 3])[0..., 3] }
    #expect(said(index, "subscript: index 3 of axis 1 of the shape [2, 3]; expected -3 ..< 3"))
    let range = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.ones([2, 3]).sliced(axis: 1, 2..<4) }
    #expect(said(range, "sliced: the bound 4 of axis 1 of the shape [2, 3]"))
    let tensor = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.ones([2, 3])[Tensor<Int64>([0, 2])] }
    #expect(said(tensor, "subscript: index 2 of axis 0 of the shape [2, 3]"))
    let mask = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.ones([2, 3])[Tensor<Bool>([true])] }
    #expect(said(mask, "subscript: a mask of shape [1] for axes from 0 of the shape [2, 3]"))
    let value = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var x = Tensor<Float>.ones([2, 3])
      x[0] = Tensor<Float>.ones([3]).trackingGradients() * 2
    }
    #expect(said(value, "subscript: the new value of shape [3] is tracked", "putting(_:at:)"))
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var x = Tensor<Float>.ones([2, 3]).trackingGradients() * 2
      x[0] = 0
    }
    #expect(said(result, "a tensor of shape [2, 3] that is the result of `multiplyScalar`"))
    let shape = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var x = Tensor<Float>.ones([2, 3])
      x[0] = Tensor<Float>([1, 2])
    }
    #expect(said(shape, "broadcast: the shape [2] to [3]"))
  }

  /// With replacement, the last of several values for an element stays and alone has a gradient.
  @Test("Several values for one element")
  func repeatedPlaces() {
    let x = Tensor<Double>([1, 2, 3]).trackingGradients()
    let values = Tensor<Double>([10, 20, 30]).trackingGradients()
    let y = x.putting(values, at: [2, 0, 2])
    #expect(y.values == [20, 2, 30])
    y.backward(gradient: [1, 2, 3])
    #expect(x.gradient == [0, 2, 0] && values.gradient == [0, 1, 3])
    let z = x.detached.putting(values.detached, at: [2, 0, 2], accumulating: true)
    #expect(z.values == [21, 2, 43])
  }

  @Test("Slices of rows share memory, transposed tensors of any size are copied right")
  func views() {
    for shape in [[1, 1], [3, 5], [16, 16], [17, 33], [40, 8], [5, 64], [100, 129]] {
      let x = Tensor<Float>.arange(Double(shape.reduce(1, *))).reshaped(shape)
      let y = x.transposed()
      for row in 0..<shape[0] {
        for column in 0..<shape[1] where y.scalar(at: column, row) != x.scalar(at: row, column) {
          Issue.record("\(shape): element \(row), \(column)")
          return
        }
      }
      #expect(y.transposed() == x)
      let wide = Tensor<Int64>(x).unsqueezed(axis: 0).broadcast(to: [3] + shape)
      #expect(wide.permuted([2, 0, 1])[.all, 2] == Tensor<Int64>(y))
      let truth = x .> 7
      #expect(truth.transposed() == (y .> 7))
    }
  }
}
