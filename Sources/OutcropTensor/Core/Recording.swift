/// How operations are recorded in the current task.
package enum Recording {
  struct Mode: Sendable {
    /// Whether results of tracked tensors are tracked.
    var isEnabled = true
    /// Whether results are only marked as tracked and nothing is saved.
    var isProbe = false
    /// Records the first NaN.
    var anomalies: AnomalyRecorder?
  }

  @TaskLocal static var mode = Mode()

  package static var isEnabled: Bool { mode.isEnabled }

  /// `body`, which another thread may call, in the mode of the current task.
  package static func keepingMode(_ body: @escaping () -> Void) -> () -> Void {
    let mode = mode
    return { $mode.withValue(mode, operation: body) }
  }

  /// Runs `body` in the current mode with changes.
  static func with<R>(_ change: (inout Mode) -> Void, _ body: () throws -> R) rethrows -> R {
    var changed = mode
    change(&changed)
    return try $mode.withValue(changed) { try body() }
  }
}

/// Runs `body` without recording: results are not tracked and save no tensors for gradients.
public func withoutGradients<R>(_ body: () throws -> R) rethrows -> R {
  try Recording.with({ $0.isEnabled = false }, body)
}

extension Tensor {
  /// Whether gradients can flow into this tensor; always false for integers and truth values.
  public var isTracked: Bool { node != nil }

  /// Returns `outputs` as the results of `operation` on `inputs`. The rule `gradient` receives the
  /// gradients of the outputs (nil for an output without one) and adds those of the inputs to the sink.
  /// Each gradient must have the shape of its input.
  public static func record(
    _ operation: some DifferentiableOperation, inputs: [Tensor], outputs: [Tensor],
    gradient: @escaping ([Tensor?], GradientSink<Scalar>) -> Void
  ) -> [Tensor] {
    record(named: operation.rawValue, inputs: inputs, outputs: outputs, gradient: gradient)
  }

  /// Like `record(_:inputs:outputs:gradient:)`, but for one output; the rule runs only if the output
  /// has a gradient.
  public static func record(
    _ operation: some DifferentiableOperation, inputs: [Tensor], output: Tensor,
    gradient: @escaping (Tensor, GradientSink<Scalar>) -> Void
  ) -> Tensor {
    recordOne(operation.rawValue, inputs, output, gradient)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private static func recordOne(
    _ operation: String, _ inputs: [Tensor], _ output: Tensor,
    _ gradient: @escaping (Tensor, GradientSink<Scalar>) -> Void
  ) -> Tensor {
    let mode = Recording.mode
    // The usual case outside training, without arrays for it.
    if mode.anomalies == nil, !mode.isEnabled || !inputs.contains(where: { $0.node != nil }) {
      return output.detached
    }
    return record(named: operation, inputs: inputs, outputs: [output]) { gradients, sink in
      if let first = gradients[0] { gradient(first, sink) }
    }[0]
  }

  /// Returns `output` as the result of an operation that has no gradient: differentiating it traps.
  @usableFromInline
  package static func recordWithoutGradient(
    _ operation: String, inputs: [Tensor], output: Tensor
  ) -> Tensor {
    record(named: operation, inputs: inputs, outputs: [output], gradient: nil)[0]
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private static func record(
    named operation: String, inputs: [Tensor], outputs: [Tensor], gradient: Node<Scalar>.Gradient?
  ) -> [Tensor] {
    let mode = Recording.mode
    mode.anomalies?.check(operation, inputs: inputs, outputs: outputs)
    guard mode.isEnabled, inputs.contains(where: \.isTracked) else {
      return outputs.map(\.detached)
    }
    if mode.isProbe { return probed(operation, inputs: inputs, outputs: outputs) }
    let node = Node(
      operation, inputs: inputs.map { ($0.node, $0.outputIndex) },
      shapes: outputs.map(\.shape), gradient: gradient)
    return outputs.enumerated().map { index, output in
      var result = output
      result.node = node
      result.outputIndex = index
      return result
    }
  }

  /// The names of the operations that computed this tensor, for tests of the tape.
  package var recordedOperations: Set<String> {
    Set((node?.reachable() ?? []).map(\.operation))
  }
}
