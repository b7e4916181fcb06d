import OutcropCore
import Synchronization

/// The names of a module's differentiable operations. Each case stands for one gradient rule, and the
/// module's tests check every case against finite differences.
public protocol DifferentiableOperation: CaseIterable, RawRepresentable<String>, Sendable {}

/// Receives the gradients of an operation's inputs while the tape is run backwards.
///
/// Traps when the operation has no input of the given index, and when a gradient has another shape
/// than its input.
public struct GradientSink<Scalar: TensorElement> {
  fileprivate let operation: String
  fileprivate let inputs: [(node: Node<Scalar>?, output: Int)]

  /// Whether a gradient of input `index` is needed; a rule can skip the work for other inputs.
  public func wants(_ index: Int) -> Bool { input(index).node != nil }

  /// Adds `gradient` to the gradient of input `index`. The argument is evaluated only when it is
  /// needed.
  public func add(_ index: Int, _ gradient: @autoclosure () -> Tensor<Scalar>) {
    let (node, output) = input(index)
    guard let node else { return }
    let gradient = gradient()
    checkShape(gradient.shape, node.shapes[output], index)
    node.add(gradient, output)
  }

  /// Adds to the gradient of input `index` in place: `body` gets the memory (of `shape`) and
  /// `beta`. With `beta` 0 the memory is undefined and `body` must set every element; with 1 `body`
  /// must add to it.
  public func accumulate(
    _ index: Int, shape: [Int], _ body: (UnsafeMutableBufferPointer<Scalar>, Scalar) -> Void
  ) {
    let (node, output) = input(index)
    guard let node else { return }
    checkShape(shape, node.shapes[output], index)
    node.accumulate(output, body)
  }

  @inline(__always)
  private func input(_ index: Int) -> (node: Node<Scalar>?, output: Int) {
    require(
      inputs.indices.contains(index),
      "backward: the gradient rule of `\(operation)` names input \(index); "
        + "expected 0 ..< \(inputs.count)")
    return inputs[index]
  }

  @inline(__always)
  private func checkShape(_ found: [Int], _ expected: [Int], _ index: Int) {
    require(
      found == expected,
      "backward: `\(operation)` gives a gradient of shape \(found) for its input \(index) of shape "
        + "\(expected); expected the input's shape")
  }
}

/// One operation on the tape, or a leaf that collects its gradient.
///
/// Tensors of integers and of truth values have no node: only `trackingGradients()`, which they lack,
/// makes leaves. Operations that move elements are written once for all element types for this reason.
package final class Node<Scalar: TensorElement>: @unchecked Sendable {
  package typealias Gradient = ([Tensor<Scalar>?], GradientSink<Scalar>) -> Void

  package let operation: String
  let number: UInt64
  private(set) var inputs: [(node: Node?, output: Int)]
  private var gradient: Gradient?
  private var isConsumed = false
  let isLeaf: Bool
  /// The shapes of the outputs.
  let shapes: [[Int]]
  /// The gradients collected so far, one per output.
  package var collected: [Tensor<Scalar>?]

  fileprivate init(
    _ operation: String, inputs: [(node: Node?, output: Int)], shapes: [[Int]],
    gradient: Gradient?
  ) {
    self.operation = operation
    self.inputs = inputs
    self.gradient = gradient
    isLeaf = false
    self.shapes = shapes
    collected = Array(repeating: nil, count: shapes.count)
    number = nodeCounter.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// A leaf.
  init(leafOfShape shape: [Int]) {
    operation = "leaf"
    inputs = []
    isLeaf = true
    shapes = [shape]
    collected = [nil]
    number = nodeCounter.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  deinit {
    // A backward pass has released the inputs already.
    if inputs.isEmpty { return }
    // A long chain would otherwise be freed by recursion and could exhaust the stack.
    var pending = inputs.compactMap(\.node)
    inputs = []
    // `var`, because a second reference would make the uniqueness check below fail.
    while var node = pending.popLast() {
      if isKnownUniquelyReferenced(&node) {
        pending.append(contentsOf: node.inputs.compactMap(\.node))
        node.inputs = []
      }
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func add(_ value: Tensor<Scalar>, _ output: Int) {
    if collected[output] == nil {
      collected[output] = value.detached
    } else {
      accumulate(output) { target, _ in
        value.withUnsafeBufferPointer { addInPlace(target, $0) }
      }
    }
  }

  fileprivate func accumulate(
    _ output: Int, _ body: (UnsafeMutableBufferPointer<Scalar>, Scalar) -> Void
  ) {
    if var existing = collected[output] {
      collected[output] = nil  // so that `existing` alone owns the memory and it is not copied
      existing.withUnsafeMutableBufferPointer { body($0, ._one) }
      collected[output] = existing
    } else {
      collected[output] = Tensor(unsafeUninitialized: shapes[output]) { body($0, ._zero) }
    }
  }

  /// Runs this operation's gradient rule and releases the tensors that the rule saved.
  fileprivate func runBackward() {
    guard let gradient else {
      if isConsumed {
        fatalError(
          "backward: the tape of `\(operation)` was consumed by an earlier backward(); "
            + "compute the result again to differentiate it again")
      }
      fatalError(
        "backward: `\(operation)` has no gradient; use `.detached` where gradients should stop")
    }
    let outputs = collected
    for index in collected.indices { collected[index] = nil }
    let sink = GradientSink(operation: operation, inputs: inputs)
    self.gradient = nil
    isConsumed = true
    gradient(outputs, sink)
  }

  /// This operation and all operations that it depends on, latest first.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func reachable() -> [Node] {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
    var found = [self]
    var next = 0
    while next < found.count {
      for case let node? in found[next].inputs.map(\.node)
      where seen.insert(ObjectIdentifier(node)).inserted {
        found.append(node)
      }
      next += 1
    }
    return found.filter { !$0.isLeaf }.sorted { $0.number > $1.number }
  }

  fileprivate func releaseInputs() { inputs = [] }

  /// Computes the gradients of all leaves that output number `output` of this node depends on.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func backward(seed: Tensor<Scalar>, output: Int) {
    if isLeaf {
      add(seed, output)
      return
    }
    var order = reachable()
    add(seed, output)
    order.reverse()
    while let node = order.popLast() {
      // An operation that no gradient reached contributes nothing, but is consumed like the others.
      node.runBackward()
      node.releaseInputs()
    }
  }
}

private let nodeCounter = Atomic<UInt64>(0)

/// Whether operations are recorded in the current task.
package enum Recording {
  @TaskLocal package static var isEnabled = true
}

/// Runs `body` without recording: results are not tracked and save no tensors for gradients.
public func withoutGradients<R>(_ body: () throws -> R) rethrows -> R {
  try Recording.$isEnabled.withValue(false) { try body() }
}

extension Tensor where Scalar: TensorScalar {
  /// The same values as a new leaf of the tape: `backward()` collects their gradient in the
  /// result's `gradient`. Every call makes another leaf, so keep the result.
  public func trackingGradients() -> Tensor {
    var result = detached
    result.node = Node(leafOfShape: shape)
    return result
  }

  /// The gradient collected so far at a leaf made by `trackingGradients()`; nil for other tensors
  /// and before the first backward pass.
  public var gradient: Tensor? { node.flatMap { $0.isLeaf ? $0.collected[0] : nil } }

  /// Computes the gradient of this scalar with respect to every leaf it was computed from and adds
  /// it to the leaf's `gradient`. The tape is consumed: the tensors saved for gradients are
  /// released, and a second backward pass through any of its operations traps. Gradients are not
  /// tracked themselves, so there are no second derivatives.
  public func backward() {
    require(
      count == 1,
      "backward: the shape is \(shape), expected one element; give a gradient for other shapes")
    backward(gradient: Tensor(repeating: 1, shape: shape))
  }

  /// As `backward()`, for a tensor of any shape: `gradient` is the gradient of the final quantity with
  /// respect to this tensor.
  public func backward(gradient: Tensor) {
    require(
      gradient.shape == shape,
      "backward: a gradient of shape \(gradient.shape) for a tensor of shape \(shape)")
    guard let node else {
      fatalError(
        "backward: the tensor of shape \(shape) is not tracked; none of its inputs came from "
          + "`trackingGradients()`")
    }
    node.backward(seed: gradient.detached, output: outputIndex)
  }
}

extension Tensor {
  /// Whether gradients can flow into this tensor; always false for integers and truth values.
  public var isTracked: Bool { node != nil }

  /// Returns `outputs` as the results of `operation` on `inputs`. The rule `gradient` gets the
  /// gradients of the outputs (nil where none arrived) and adds those of the inputs to the sink.
  /// Each gradient must have the shape of its input.
  public static func record(
    _ operation: some DifferentiableOperation, inputs: [Tensor], outputs: [Tensor],
    gradient: @escaping ([Tensor?], GradientSink<Scalar>) -> Void
  ) -> [Tensor] {
    record(named: operation.rawValue, inputs: inputs, outputs: outputs, gradient: gradient)
  }

  /// As `record(_:inputs:outputs:gradient:)`, for one output; the rule runs only when a gradient
  /// arrived.
  public static func record(
    _ operation: some DifferentiableOperation, inputs: [Tensor], output: Tensor,
    gradient: @escaping (Tensor, GradientSink<Scalar>) -> Void
  ) -> Tensor {
    record(named: operation.rawValue, inputs: inputs, outputs: [output]) { gradients, sink in
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
    guard Recording.isEnabled, inputs.contains(where: \.isTracked) else {
      return outputs.map(\.detached)
    }
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

func addInPlace<Scalar: TensorElement>(
  _ target: UnsafeMutableBufferPointer<Scalar>, _ addend: UnsafeBufferPointer<Scalar>
) {
  ThreadPool.forRanges(target.count, grain: elementGrain) { range in
    Scalar._add(
      target.baseAddress! + range.lowerBound, stride: 1, addend.baseAddress! + range.lowerBound,
      count: range.count)
  }
}

/// The number of elements in one chunk of element-wise work.
package let elementGrain = 1 << 15
