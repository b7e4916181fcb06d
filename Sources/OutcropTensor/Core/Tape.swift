import OutcropCore
import Synchronization

/// The names of a module's differentiable operations. Each case stands for one gradient rule, and the
/// module's tests check every case against finite differences.
public protocol DifferentiableOperation: CaseIterable, RawRepresentable<String>, Sendable {}

/// Receives the gradients of an operation's inputs during a backward pass.
///
/// Traps if the operation has no input of the given index, and if a gradient has another shape
/// than its input.
public struct GradientSink<Scalar: TensorElement> {
  fileprivate let operation: String
  fileprivate let inputs: [(node: Node<Scalar>?, output: Int)]
  /// The recorder of NaN, if one is active, with the shapes of the operation's results.
  let anomalies: (recorder: AnomalyRecorder, shapes: [[Int]])?

  /// Whether a gradient of input `index` is needed; a rule can skip the work for other inputs.
  public func wants(_ index: Int) -> Bool { input(index).node != nil }

  /// Adds `gradient` to the gradient of input `index`. The argument is evaluated only when it is
  /// needed.
  public func add(_ index: Int, _ gradient: @autoclosure () -> Tensor<Scalar>) {
    let (node, output) = input(index)
    guard let node else { return }
    let gradient = gradient()
    checkShape(gradient.shape, node.shapes[output], index)
    if let anomalies {
      anomalies.recorder.check(gradientOf: operation, anomalies.shapes, input: index, gradient)
    }
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
    if let anomalies {
      let gradient = Tensor<Scalar>(unsafeUninitialized: shape) { body($0, ._zero) }
      anomalies.recorder.check(gradientOf: operation, anomalies.shapes, input: index, gradient)
      node.add(gradient, output)
    } else {
      node.accumulate(output, body)
    }
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
/// Tensors of integers and of truth values never have a node, because they have no `trackingGradients()`,
/// the only function that creates leaves. Operations that move elements are therefore written once for all
/// element types.
package final class Node<Scalar: TensorElement>: @unchecked Sendable {
  package typealias Gradient = ([Tensor<Scalar>?], GradientSink<Scalar>) -> Void

  package let operation: String
  let number: UInt64
  private(set) var inputs: [(node: Node?, output: Int)]
  private var gradient: Gradient?
  /// Set by the one backward pass that consumes this operation, before it reads anything else of it.
  private let isConsumed = Atomic(false)
  /// The shapes of the outputs.
  let shapes: [[Int]]
  /// The gradients collected so far, one per output of an operation.
  private var collected: [Tensor<Scalar>?]
  /// The gradient of a leaf, which several backward passes may add to at once; nil for an operation.
  private let leaf: Locked<Tensor<Scalar>?>?

  var isLeaf: Bool { leaf != nil }

  init(
    _ operation: String, inputs: [(node: Node?, output: Int)], shapes: [[Int]],
    gradient: Gradient?
  ) {
    self.operation = operation
    self.inputs = inputs
    self.gradient = gradient
    leaf = nil
    self.shapes = shapes
    collected = Array(repeating: nil, count: shapes.count)
    number = nodeCounter.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// A leaf.
  init(leafOfShape shape: [Int]) {
    operation = "leaf"
    inputs = []
    leaf = Locked(nil)
    shapes = [shape]
    collected = []
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

  /// The gradient that a leaf has collected.
  var leafGradient: Tensor<Scalar>? {
    get { leaf?.withLock { $0 } ?? nil }
    set { leaf?.withLock { $0 = newValue } }
  }

  /// Changes the gradient of a leaf in place, if it has one.
  func updateLeafGradient(_ body: (UnsafeMutableBufferPointer<Scalar>) -> Void) {
    leaf?.withLock { gradient in
      if gradient != nil { Self.accumulate(&gradient, shapes[0]) { target, _ in body(target) } }
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func add(_ value: Tensor<Scalar>, _ output: Int) {
    if let leaf {
      leaf.withLock { Self.add(value, to: &$0, shapes[output]) }
    } else {
      Self.add(value, to: &collected[output], shapes[output])
    }
  }

  fileprivate func accumulate(
    _ output: Int, _ body: (UnsafeMutableBufferPointer<Scalar>, Scalar) -> Void
  ) {
    if let leaf {
      leaf.withLock { Self.accumulate(&$0, shapes[output], body) }
    } else {
      Self.accumulate(&collected[output], shapes[output], body)
    }
  }

  private static func add(_ value: Tensor<Scalar>, to sum: inout Tensor<Scalar>?, _ shape: [Int]) {
    if sum == nil {
      sum = value.detached
    } else {
      accumulate(&sum, shape) { target, _ in
        value.withUnsafeBufferPointer { addInPlace(target, $0) }
      }
    }
  }

  private static func accumulate(
    _ sum: inout Tensor<Scalar>?, _ shape: [Int],
    _ body: (UnsafeMutableBufferPointer<Scalar>, Scalar) -> Void
  ) {
    if var existing = sum {
      sum = nil  // so that only `existing` owns the memory, which is then not copied
      existing.withUnsafeMutableBufferPointer { body($0, ._one) }
      sum = existing
    } else {
      sum = Tensor(unsafeUninitialized: shape) { body($0, ._zero) }
    }
  }

  /// Runs this operation's gradient rule and releases the tensors that the rule saved.
  fileprivate func runBackward(_ anomalies: AnomalyRecorder?) {
    guard let gradient else {
      fatalError(
        "backward: `\(operation)` has no gradient; use `.detached` where gradients should stop")
    }
    let outputs = collected
    for index in collected.indices { collected[index] = nil }
    let sink = GradientSink(
      operation: operation, inputs: inputs, anomalies: anomalies.map { ($0, shapes) })
    self.gradient = nil
    gradient(outputs, sink)
  }

  /// Reserves this operation for one backward pass; traps if an earlier pass consumed it.
  private func consume() {
    if isConsumed.exchange(true, ordering: .acquiringAndReleasing) {
      fatalError(
        "backward: the tape of `\(operation)` was consumed by an earlier backward(); "
          + "compute the result again to differentiate it again")
    }
  }

  /// This operation and all operations that it depends on, latest first. With `consuming`, a backward pass
  /// reserves them; an operation that an earlier pass consumed traps.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func reachable(consuming: Bool = false) -> [Node] {
    if isLeaf { return [] }
    if consuming { consume() }
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
    var found = [self]
    var next = 0
    while next < found.count {
      for case let node? in found[next].inputs.map(\.node)
      where !node.isLeaf && seen.insert(ObjectIdentifier(node)).inserted {
        if consuming { node.consume() }
        found.append(node)
      }
      next += 1
    }
    return found.sorted { $0.number > $1.number }
  }

  fileprivate func releaseInputs() { inputs = [] }

  /// Computes the gradients of all leaves that output number `output` of this node depends on.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func backward(
    seed: Tensor<Scalar>, output: Int, _ announcement: LeafAnnouncement<Scalar>? = nil
  ) {
    if isLeaf {
      add(seed, output)
      announcement?.finish()
      return
    }
    let anomalies = Recording.mode.anomalies
    var order = reachable(consuming: true)
    announcement?.begin(order)
    add(seed, output)
    order.reverse()
    func run() {
      while let node = order.popLast() {
        // An operation that no gradient reached contributes nothing, but is consumed like the others.
        node.runBackward(anomalies)
        announcement?.didRun(node)
        node.releaseInputs()
      }
      announcement?.finish()
    }
    // Only the gradients that rules return are searched for NaN, not the operations inside rules.
    if anomalies != nil { Recording.with({ $0.anomalies = nil }, run) } else { run() }
  }
}

private let nodeCounter = Atomic<UInt64>(0)

extension Tensor where Scalar: TensorScalar {
  /// The same values as a new leaf of the tape: `backward()` collects their gradient in the
  /// result's `gradient`. Every call creates another leaf, so keep the result.
  public func trackingGradients() -> Tensor {
    var result = detached
    result.node = Node(leafOfShape: shape)
    return result
  }

  /// The gradient collected so far at a leaf made by `trackingGradients()`; nil for other tensors
  /// and before the first backward pass.
  public var gradient: Tensor? { node?.leafGradient }

  /// Replaces the gradient that a leaf has collected.
  package func replaceGradient(with gradient: Tensor?) { node?.leafGradient = gradient?.detached }

  /// Changes the gradient that a leaf has collected in place, if it has one.
  package func updateGradient(_ body: (UnsafeMutableBufferPointer<Scalar>) -> Void) {
    node?.updateLeafGradient(body)
  }

  /// Computes the gradient of this scalar for every leaf from which it was computed, and adds
  /// it to the leaf's `gradient`. The tape is consumed: the tensors saved for gradients are
  /// released, and a second backward pass through any of its operations traps. Gradients are not
  /// tracked themselves, so there are no second derivatives.
  public func backward() {
    require(
      count == 1,
      "backward: the shape is \(shape), expected one element; give a gradient for other shapes")
    backward(gradient: Tensor(repeating: 1, shape: shape))
  }

  /// Like `backward()`, but for a tensor of any shape: `gradient` is the gradient of the final quantity with
  /// respect to this tensor.
  public func backward(gradient: Tensor) { backward(gradient: gradient, nil) }

  /// Like `backward(gradient:)`. Calls `body` once for each of `leaves`, with its index, as soon as this pass adds
  /// nothing more to the leaf's gradient.
  package func backward(
    gradient: Tensor, announcing leaves: [Tensor], _ body: @escaping (Int) -> Void
  ) {
    backward(gradient: gradient, LeafAnnouncement(leaves, body))
  }

  private func backward(gradient: Tensor, _ announcement: LeafAnnouncement<Scalar>?) {
    require(
      gradient.shape == shape,
      "backward: a gradient of shape \(gradient.shape) for a tensor of shape \(shape)")
    guard let node else {
      fatalError(
        "backward: the tensor of shape \(shape) is not tracked; none of its inputs came from "
          + "`trackingGradients()`")
    }
    node.backward(seed: gradient.detached, output: outputIndex, announcement)
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
