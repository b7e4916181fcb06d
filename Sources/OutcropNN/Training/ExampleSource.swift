import OutcropCore
import OutcropTensor

/// Examples from which batches are made.
///
/// A custom source needs a number of examples and a function that makes a batch of some of them.
/// Another thread makes the next batch in advance.
public protocol ExampleSource<Batch>: Sendable {
  /// The input of a model and its loss.
  associatedtype Batch: Sendable
  /// The number of examples.
  var exampleCount: Int { get }
  /// The batch of the examples with the given numbers. It must depend only on them.
  func batch(_ examples: ArraySlice<Int>) -> Batch
}

/// Examples in tensors: index i of the first axis is example i.
public struct TensorExamples<Scalar: TensorScalar>: ExampleSource {
  /// The inputs, [count, ...].
  public let inputs: Tensor<Scalar>
  /// The targets, [count, ...].
  public let targets: Tensor<Scalar>

  /// Some of the examples.
  public struct Batch: Sendable {
    /// The inputs, [size, ...].
    public let inputs: Tensor<Scalar>
    /// The targets, [size, ...].
    public let targets: Tensor<Scalar>
  }

  /// Traps unless both have the same number of examples.
  public init(inputs: Tensor<Scalar>, targets: Tensor<Scalar>) {
    require(
      inputs.rank > 0 && targets.rank > 0 && inputs.shape[0] == targets.shape[0],
      "TensorExamples: inputs \(inputs.shape) and targets \(targets.shape); expected the same first axis"
    )
    (self.inputs, self.targets) = (inputs.detached, targets.detached)
  }

  public var exampleCount: Int { inputs.shape[0] }

  public func batch(_ examples: ArraySlice<Int>) -> Batch {
    let rows = RowIndex(examples.map { Int32($0) }, rowCount: exampleCount)
    return Batch(inputs: inputs.gathered(rows: rows), targets: targets.gathered(rows: rows))
  }
}

/// Examples in a tensor, with the number of each example's class: index i of the first axis is example i.
public struct LabeledExamples<Scalar: TensorScalar>: ExampleSource {
  /// [count, ...]
  public let inputs: Tensor<Scalar>
  /// The class of each example.
  public let labels: [Int32]

  /// Some of the examples.
  public struct Batch: Sendable {
    /// [size, ...]
    public let inputs: Tensor<Scalar>
    /// The class of each.
    public let labels: [Int32]
  }

  /// Traps unless there are as many labels as inputs.
  public init(inputs: Tensor<Scalar>, labels: [Int32]) {
    require(
      inputs.rank > 0 && inputs.shape[0] == labels.count,
      "LabeledExamples: inputs \(inputs.shape) and \(labels.count) labels; expected one for each input"
    )
    (self.inputs, self.labels) = (inputs.detached, labels)
  }

  public var exampleCount: Int { labels.count }

  public func batch(_ examples: ArraySlice<Int>) -> Batch {
    let rows = RowIndex(examples.map { Int32($0) }, rowCount: exampleCount)
    return Batch(inputs: inputs.gathered(rows: rows), labels: examples.map { labels[$0] })
  }
}

/// Examples of any type in an array, with a function that makes a batch of some of them.
public struct ArrayExamples<Element: Sendable, Batch: Sendable>: ExampleSource {
  /// The examples.
  public let elements: [Element]
  private let collate: @Sendable ([Element]) -> Batch

  /// - Parameters:
  ///   - elements: the examples.
  ///   - collate: makes a batch; it runs on another thread.
  public init(_ elements: [Element], collate: @escaping @Sendable ([Element]) -> Batch) {
    (self.elements, self.collate) = (elements, collate)
  }

  public var exampleCount: Int { elements.count }

  public func batch(_ examples: ArraySlice<Int>) -> Batch { collate(examples.map { elements[$0] }) }
}

extension ExampleSource {
  /// All examples in their order, in batches of `size`; the last one may be smaller.
  public func batches(size: Int) -> Batches<Self> {
    Batches(self, order: Array(0..<exampleCount), size: size, dropsPartial: false)
  }

  /// All examples in a random order, in batches of `size`. The last one may be smaller; with `dropsPartial`
  /// a smaller batch is dropped.
  public func batches(
    size: Int, shuffledBy generator: inout RandomGenerator, dropsPartial: Bool = false
  ) -> Batches<Self> {
    Batches(
      self, order: generator.permutation(exampleCount), size: size, dropsPartial: dropsPartial)
  }
}

/// The batches of one pass over a source. Another thread makes the next batch in advance.
public struct Batches<Source: ExampleSource>: Sequence, Sendable {
  private let source: Source
  private let order: [Int]
  private let size: Int
  /// The number of batches.
  public let count: Int

  init(_ source: Source, order: [Int], size: Int, dropsPartial: Bool) {
    require(size > 0, "batches(size:): found the size \(size), expected at least 1")
    (self.source, self.order, self.size) = (source, order, size)
    count = dropsPartial ? order.count / size : (order.count + size - 1) / size
  }

  fileprivate func batch(_ number: Int) -> Source.Batch {
    source.batch(order[number * size..<Swift.min(order.count, (number + 1) * size)])
  }

  public func makeIterator() -> Iterator { Iterator(self) }

  /// Makes one batch in advance.
  public struct Iterator: IteratorProtocol {
    private let batches: Batches
    private var number = 0
    private var pending: BackgroundValue<Source.Batch>?

    fileprivate init(_ batches: Batches) {
      self.batches = batches
      pending = request(0)
    }

    public mutating func next() -> Source.Batch? {
      guard let batch = pending?.wait() else { return nil }
      number += 1
      pending = request(number)
      return batch
    }

    private func request(_ number: Int) -> BackgroundValue<Source.Batch>? {
      if number >= batches.count { return nil }
      let batches = batches
      return BackgroundValue { batches.batch(number) }
    }
  }
}
