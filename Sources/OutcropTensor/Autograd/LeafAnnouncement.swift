import OutcropCore

/// Tells which leaves a running backward pass is done with, so that their gradients can be used before its end.
final class LeafAnnouncement<Scalar: TensorElement> {
  private let body: (Int) -> Void
  private var numbers: [ObjectIdentifier: Int] = [:]
  /// For each leaf, the operations that may still add to its gradient; nil once the leaf is announced.
  private var open: [Int?]
  /// A repeated computation may add to leaves that are not among its inputs.
  private var recomputations = 0

  /// `body` gets the index of each of `leaves` once.
  init(_ leaves: [Tensor<Scalar>], _ body: @escaping (Int) -> Void) {
    self.body = body
    open = Array(repeating: 0, count: leaves.count)
    for (number, leaf) in leaves.enumerated() {
      if let node = leaf.node { numbers[ObjectIdentifier(node)] = number }
    }
  }

  /// The operations of the pass.
  func begin(_ order: [Node<Scalar>]) {
    for node in order {
      forEachLeaf(of: node) { open[$0]? += 1 }
      if isRecomputation(node) { recomputations += 1 }
    }
  }

  /// The gradient rule of an operation was run.
  func didRun(_ node: Node<Scalar>) {
    forEachLeaf(of: node) { number in
      open[number]? -= 1
      if recomputations == 0 && open[number] == 0 { announce(number) }
    }
    if isRecomputation(node) { recomputations -= 1 }
  }

  /// The pass is over.
  func finish() {
    for number in open.indices where open[number] != nil { announce(number) }
  }

  private func announce(_ number: Int) {
    open[number] = nil
    body(number)
  }

  private func forEachLeaf(of node: Node<Scalar>, _ body: (Int) -> Void) {
    for case let input? in node.inputs.map(\.node) where input.isLeaf {
      if let number = numbers[ObjectIdentifier(input)] { body(number) }
    }
  }

  private func isRecomputation(_ node: Node<Scalar>) -> Bool {
    node.operation == TensorOperation.recompute.rawValue
  }
}
