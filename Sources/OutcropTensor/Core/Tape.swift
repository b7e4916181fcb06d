import OutcropCore
import Synchronization

/// The names of a module's differentiable operations. Each case stands for one gradient rule, and the
/// module's tests check every case against finite differences.
public protocol DifferentiableOperation: CaseIterable, RawRepresentable<String>, Sendable {}

/// Where the gradients of an operation's inputs go while the tape is run backwards.
public struct GradientSink<Scalar: TensorScalar> {
  fileprivate let inputs: [(node: Node<Scalar>?, output: Int)]

  /// Whether input number `index` wants a gradient; work for others can be left out.
  public func wants(_ index: Int) -> Bool { inputs[index].node != nil }

  /// Adds `gradient` to the gradient of input number `index`.
  public func add(_ index: Int, _ gradient: @autoclosure () -> Tensor<Scalar>) {
    guard let node = inputs[index].node else { return }
    node.add(gradient(), inputs[index].output)
  }

  /// Adds to the gradient of input number `index` in place: `body` gets the memory (of `shape`) and
  /// `beta`, 0 when the contents are undefined and 1 when they are to be added to.
  public func accumulate(
    _ index: Int, shape: [Int], _ body: (UnsafeMutableBufferPointer<Scalar>, Scalar) -> Void
  ) {
    guard let node = inputs[index].node else { return }
    node.accumulate(shape, inputs[index].output, body)
  }
}

/// One operation on the tape, or a leaf that gradients are collected for.
package final class Node<Scalar: TensorScalar>: @unchecked Sendable {
  package typealias Gradient = ([Tensor<Scalar>?], GradientSink<Scalar>) -> Void

  package let operation: String
  let number: UInt64
  private(set) var inputs: [(node: Node?, output: Int)]
  private var gradient: Gradient?
  private var isConsumed = false
  let isLeaf: Bool
  /// The gradients collected so far, one per output.
  package var collected: [Tensor<Scalar>?]

  fileprivate init(
    _ operation: String, inputs: [(node: Node?, output: Int)], outputs: Int, gradient: Gradient?
  ) {
    self.operation = operation
    self.inputs = inputs
    self.gradient = gradient
    isLeaf = false
    collected = Array(repeating: nil, count: outputs)
    number = nodeCounter.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  /// A leaf.
  package init() {
    operation = "leaf"
    inputs = []
    isLeaf = true
    collected = [nil]
    number = nodeCounter.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  deinit {
    // As after every backward pass.
    if inputs.isEmpty { return }
    // A long chain would otherwise be freed by recursion and could exhaust the stack.
    var pending = inputs.compactMap(\.node)
    inputs = []
    // `var`: a second reference would hide that the node is nobody else's.
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
      collected[output] = value
    } else {
      accumulate(value.shape, output) { target, _ in
        value.withUnsafeBufferPointer { addInPlace(target, $0) }
      }
    }
  }

  fileprivate func accumulate(
    _ shape: [Int], _ output: Int, _ body: (UnsafeMutableBufferPointer<Scalar>, Scalar) -> Void
  ) {
    if var existing = collected[output] {
      require(
        existing.shape == shape,
        "backward: gradients of shapes \(existing.shape) and \(shape) for one input")
      collected[output] = nil  // so that the memory is not shared while it is added to
      existing.withUnsafeMutableBufferPointer { body($0, 1) }
      collected[output] = existing
    } else {
      collected[output] = Tensor(shape: shape) { body($0, 0) }
    }
  }

  /// Runs this operation's rule and lets go of what it kept.
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
    let sink = GradientSink(inputs: inputs)
    self.gradient = nil
    isConsumed = true
    gradient(outputs, sink)
  }

  /// All operations that `self` depends on and itself, latest first.
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

  /// Fills in the gradients of everything that `self`'s first output depends on.
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
      // An operation that no gradient reached contributes nothing; it is consumed all the same.
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

/// Runs `body` without recording: results are not tracked and keep no memory for gradients.
public func withoutGradients<R>(_ body: () throws -> R) rethrows -> R {
  try Recording.$isEnabled.withValue(false) { try body() }
}

extension Tensor {
  /// The same values as a new leaf of the tape: `backward()` collects their gradient in `gradient`.
  public var tracked: Tensor {
    var result = detached
    result.node = Node()
    return result
  }

  /// Whether gradients can flow into this tensor.
  public var isTracked: Bool { node != nil }

  /// The gradient collected so far at a leaf made by `tracked`.
  public var gradient: Tensor? { node.flatMap { $0.isLeaf ? $0.collected[0] : nil } }

  /// Computes the gradient of this scalar with respect to every leaf it was computed from and adds it
  /// to the leaf's `gradient`. The tape is consumed: the memory kept for gradients is freed, and a
  /// second call through any part of it traps.
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
      fatalError("backward: the tensor is not tracked; nothing it was computed from is")
    }
    node.backward(seed: gradient.detached, output: outputIndex)
  }

  /// Makes `outputs` the results of `operation` on `inputs`. `gradient` gets the outputs' gradients
  /// (nil where none arrived) and adds the inputs' to the sink.
  public static func record(
    _ operation: some DifferentiableOperation, inputs: [Tensor], outputs: [Tensor],
    gradient: @escaping ([Tensor?], GradientSink<Scalar>) -> Void
  ) -> [Tensor] {
    record(named: operation.rawValue, inputs: inputs, outputs: outputs, gradient: gradient)
  }

  /// As `record(_:inputs:outputs:gradient:)`, for one output; the rule is called only with a gradient.
  public static func record(
    _ operation: some DifferentiableOperation, inputs: [Tensor], output: Tensor,
    gradient: @escaping (Tensor, GradientSink<Scalar>) -> Void
  ) -> Tensor {
    record(named: operation.rawValue, inputs: inputs, outputs: [output]) { gradients, sink in
      if let first = gradients[0] { gradient(first, sink) }
    }[0]
  }

  /// Makes `output` the result of an operation that has no gradient: differentiating it traps.
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
      operation, inputs: inputs.map { ($0.node, $0.outputIndex) }, outputs: outputs.count,
      gradient: gradient)
    return outputs.enumerated().map { index, output in
      var result = output
      result.node = node
      result.outputIndex = index
      return result
    }
  }

  /// The operations that this tensor was computed by, for tests of the tape.
  package var recordedOperations: Set<String> {
    Set((node?.reachable() ?? []).map(\.operation))
  }
}

func addInPlace<Scalar: TensorScalar>(
  _ target: UnsafeMutableBufferPointer<Scalar>, _ addend: UnsafeBufferPointer<Scalar>
) {
  ThreadPool.forRanges(target.count, grain: elementGrain) { range in
    addRange(target.baseAddress!, addend.baseAddress!, range)
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addRange<Scalar: TensorScalar>(
  _ target: UnsafeMutablePointer<Scalar>, _ addend: UnsafePointer<Scalar>, _ range: Range<Int>
) {
  for index in range { target[index] += addend[index] }
}

/// Elements of one chunk of element-wise work.
package let elementGrain = 1 << 15
