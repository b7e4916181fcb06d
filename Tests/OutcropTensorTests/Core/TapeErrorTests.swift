import OutcropTensor
import Testing

/// Whether a process that trapped said all of `parts` on standard error.
func said(_ result: ExitTest.Result?, _ parts: String...) -> Bool {
  guard let result else { return false }
  let text = String(decoding: result.standardErrorContent, as: UTF8.self)
  return parts.allSatisfy { text.contains($0) }
}

@Suite("Mistakes trap and say what is wrong")
struct TapeErrorTests {
  @Test("An operation without a gradient")
  func noGradient() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor<Double>([1, 2]).trackingGradients()
      x.map { $0 * $0 }.sum().backward()
    }
    #expect(said(result, "backward: `map` has no gradient", ".detached"))
  }

  @Test("A second backward from the same result")
  func twice() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor<Double>([1, 2]).trackingGradients()
      let y = (x * x).sum()
      y.backward()
      y.backward()
    }
    #expect(said(result, "backward: the tape of `sum` was consumed by an earlier backward()"))
  }

  @Test("A second backward through a part that was consumed")
  func consumedPart() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor<Double>([1, 2]).trackingGradients()
      let shared = x.exp()
      shared.sum().backward()
      (shared * 2).sum().backward()
    }
    #expect(said(result, "backward: the tape of `exp` was consumed by an earlier backward()"))
  }

  @Test("Backward from an untracked tensor")
  func untracked() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      Tensor<Double>([1]).exp().backward()
    }
    #expect(said(result, "backward: the tensor of shape [1] is not tracked"))
  }

  @Test("Backward without a gradient from more than one element")
  func notScalar() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      Tensor<Double>([1, 2]).trackingGradients().exp().backward()
    }
    #expect(said(result, "backward: the shape is [2], expected one element"))
  }

  @Test("A gradient of another shape")
  func gradientShape() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      Tensor<Double>([1, 2]).trackingGradients().exp().backward(gradient: Tensor([1, 2, 3]))
    }
    #expect(said(result, "backward: a gradient of shape [3] for a tensor of shape [2]"))
  }

  @Test("A gradient rule that gives an input a gradient of another shape, or names no input")
  func gradientOfRule() async {
    let added = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor<Double>([1, 2, 3]).trackingGradients()
      Tensor.record(TestOperation.stopped, inputs: [x * 2], output: Tensor(1.0)) { dy, sink in
        sink.add(0, dy)
      }.backward()
    }
    #expect(
      said(added, "backward: `stopped` gives a gradient of shape [] for its input 0 of shape [3]"))
    let accumulated = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor<Double>([1, 2, 3]).trackingGradients()
      Tensor.record(TestOperation.stopped, inputs: [x], output: Tensor(1.0)) { dy, sink in
        sink.accumulate(0, shape: [4]) { target, _ in target.update(repeating: 1) }
      }.backward()
    }
    #expect(
      said(accumulated, "`stopped` gives a gradient of shape [4] for its input 0 of shape [3]"))
    let missing = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor(1.0).trackingGradients()
      Tensor.record(TestOperation.stopped, inputs: [x], output: Tensor(1.0)) { dy, sink in
        sink.add(1, dy)
      }.backward()
    }
    #expect(said(missing, "the gradient rule of `stopped` names input 1; expected 0 ..< 1"))
  }

  @Test("Writing to a result on the tape")
  func writingToResult() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var y = Tensor<Double>([1, 2]).trackingGradients().exp()
      y.withUnsafeMutableBufferPointer { $0[0] = 0 }
    }
    #expect(said(result, "a tensor of shape [2] that is the result of `exp`", ".detached"))
  }

  @Test("Shapes that do not broadcast")
  func broadcasting() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([2, 3]) * Tensor.ones([3, 2])
    }
    #expect(said(result, "*: shapes [2, 3] and [3, 2] do not broadcast"))
  }

  @Test("Products of shapes that do not fit")
  func products() async {
    let product = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([2, 3]).matrixProduct(.ones([2, 3]))
    }
    #expect(said(product, "matrixProduct: shapes [2, 3] and [2, 3]"))
    let batched = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([4, 2, 3]).matrixProduct(.ones([5, 3, 2]))
    }
    #expect(said(batched, "matrixProduct: shapes [4, 2, 3] and [5, 3, 2]"))
    let linear = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([4, 3]).linear(weight: .ones([3, 4]))
    }
    #expect(said(linear, "linear: input [4, 3] and weight [3, 4]"))
  }

  @Test("Normalization by weights of another size")
  func normalization() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([4, 3]).layerNorm(weight: .ones([4]), bias: .ones([3]))
    }
    #expect(said(result, "layerNorm: input [4, 3], weight [4] and bias [3]"))
  }

  @Test("Statistics of a batch without rows")
  func emptyBatch() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([0, 3]).batchNorm(weight: .ones([3]), bias: .ones([3]))
    }
    #expect(said(result, "batchNorm: the shape [0, 3] has no rows"))
  }

  @Test("Losses of shapes that differ, and classes out of range")
  func losses() async {
    let squared = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([4, 1]).meanSquaredError(targets: .ones([4]))
    }
    #expect(said(squared, "meanSquaredError: prediction [4, 1] and target [4]"))
    let binary = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([4]).binaryCrossEntropy(targets: .ones([4]), mask: .ones([1]))
    }
    #expect(said(binary, "binaryCrossEntropy: logits [4], targets [4] and mask [1]"))
    let classes = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([2, 3]).crossEntropy(targets: [2, 3])
    }
    #expect(said(classes, "crossEntropy: class 3 of row 1 for logits [2, 3]"))
  }

  @Test("Attention of shapes that do not fit")
  func attention() async {
    let keys = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor<Float>.ones([1, 2, 3, 4])
      _ = Tensor.denseAttention(query: x, key: .ones([1, 2, 5, 3]), value: x)
    }
    #expect(said(keys, "denseAttention: query [1, 2, 3, 4], key [1, 2, 5, 3] and value"))
    let mask = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor<Float>.ones([1, 2, 3, 4])
      _ = Tensor.denseAttention(query: x, key: x, value: x, mask: .ones([2, 3]))
    }
    #expect(said(mask, "denseAttention: mask [2, 3]", "[1, 2, 3, 3]"))
  }

  @Test("What has no gradient must not be tracked")
  func constants() async {
    let mask = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor<Float>.ones([1, 2, 3, 4])
      _ = Tensor.denseAttention(
        query: x, key: x, value: x, mask: Tensor.ones([3, 3]).trackingGradients())
    }
    #expect(said(mask, "denseAttention: the mask has no gradient"))
    let statistics = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let one = Tensor<Float>.ones([3])
      _ = Tensor.ones([4, 3]).batchNorm(
        weight: one, bias: one, mean: one.trackingGradients(), variance: one)
    }
    #expect(said(statistics, "batchNorm: given statistics have no gradient"))
  }

  @Test("Rows, segments and axes that do not exist")
  func rows() async {
    let index = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = RowIndex([0, 7], rowCount: 7)
    }
    #expect(said(index, "RowIndex: entry 1 is row 7 of 7"))
    let segments = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([4, 2]).segmentSum(Segments(offsets: [0, 2, 5]))
    }
    #expect(said(segments, "segmentSum: the shape [4, 2] and segments of 5 rows"))
    let axis = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Tensor<Float>.ones([4, 2]).softmax(axis: 2)
    }
    #expect(said(axis, "softmax: axis 2 of the shape [4, 2]"))
  }
}
