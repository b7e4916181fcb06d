import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The results of `body` on `inputs` without the tensors that its gradient needs: the backward pass
  /// computes `body` again (gradient checkpointing: Chen et al. 2016, "Training Deep Nets with Sublinear
  /// Memory Cost"). Values and gradients are those of `body(inputs)`; memory is traded for time.
  ///
  /// `body` must compute the same whenever it is called; for random numbers use the form with a generator.
  /// It may use leaves, such as parameters, that it captures: they get their gradients. Tracked results of
  /// other operations must be among `inputs`: a captured one traps.
  public static func recomputing(
    _ inputs: [Tensor], _ body: @escaping ([Tensor]) -> [Tensor]
  ) -> [Tensor] {
    let outputs = Recording.with({ $0.isProbe = true }) {
      body(inputs.map { $0.isTracked ? $0.withProbe : $0 })
    }
    if Recording.mode.isProbe { return outputs }
    let (values, isTracked) = (inputs.map(\.detached), inputs.map(\.isTracked))
    guard Recording.isEnabled, outputs.contains(where: \.isTracked) else {
      return outputs.map(\.detached)
    }
    let shapes = outputs.map(\.shape)
    let node = Node<Scalar>(
      TensorOperation.recompute.rawValue, inputs: inputs.map { ($0.node, $0.outputIndex) },
      shapes: shapes
    ) { gradients, sink in
      let leaves = zip(values, isTracked).map { $1 ? $0.trackingGradients() : $0 }
      let mode = Recording.Mode(anomalies: sink.anomalies?.recorder)
      Recording.$mode.withValue(mode) {
        let results = body(leaves)
        require(
          results.map(\.shape) == shapes,
          "recomputing: the results have the shapes \(results.map(\.shape)) where they had \(shapes)"
        )
        Tensor.backward(zip(results, gradients).compactMap { y, dy in dy.map { (y, $0) } })
      }
      for (index, leaf) in leaves.enumerated() {
        if let gradient = leaf.gradient { sink.add(index, gradient) }
      }
    }
    return outputs.enumerated().map { index, output in
      var result = output.detached
      if output.isTracked { (result.node, result.outputIndex) = (node, index) }
      return result
    }
  }

  /// Like `recomputing(_:_:)`, but for one input and one result.
  public static func recomputing(
    _ input: Tensor, _ body: @escaping (Tensor) -> Tensor
  ) -> Tensor {
    recomputing([input]) { [body($0[0])] }[0]
  }

  /// Like `recomputing(_:_:)`, but for a `body` that draws random numbers, as dropout does: the backward pass
  /// draws the same numbers again.
  public static func recomputing(
    _ inputs: [Tensor], using generator: inout RandomGenerator,
    _ body: @escaping ([Tensor], inout RandomGenerator) -> [Tensor]
  ) -> [Tensor] {
    let start = generator
    let end = Locked(start)
    let results = recomputing(inputs) { inputs in
      var generator = start
      let results = body(inputs, &generator)
      let last = generator
      end.withLock { $0 = last }
      return results
    }
    generator = end.withLock { $0 }
    return results
  }

  /// One backward pass from several results, each with its gradient.
  static func backward(_ seeds: [(result: Tensor, gradient: Tensor)]) {
    let tracked = seeds.filter(\.result.isTracked)
    if tracked.isEmpty { return }
    // One operation passes each result its gradient, so that one pass consumes the tape.
    let gradients = tracked.map(\.gradient)
    let joined = Tensor.record(
      TensorOperation.recompute, inputs: tracked.map(\.result), output: Tensor(0)
    ) { _, sink in
      for (index, gradient) in gradients.enumerated() { sink.add(index, gradient) }
    }
    joined.backward()
  }
}

extension Tensor {
  /// The same values, marked as tracked.
  fileprivate var withProbe: Tensor {
    var result = detached
    result.node = Node(probeOfShapes: [shape])
    return result
  }

  /// `outputs` marked as tracked, saving nothing.
  static func probed(
    _ operation: String, inputs: [Tensor], outputs: [Tensor]
  ) -> [Tensor] {
    for case let node? in inputs.map(\.node) where !node.isLeaf && !node.isProbe {
      fatalError(
        "recomputing: the closure captures a result of `\(node.operation)`, which is tracked; "
          + "expected it among the inputs, or leaves such as parameters")
    }
    return outputs.map(\.withProbe)
  }
}

extension Node {
  /// Stands for a tracked tensor while nothing is saved.
  fileprivate convenience init(probeOfShapes shapes: [[Int]]) {
    self.init(probeName, inputs: [], shapes: shapes, gradient: nil)
  }

  fileprivate var isProbe: Bool { operation == probeName }
}

private let probeName = "a tensor inside recomputing"
