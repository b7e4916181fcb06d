import Dispatch
import OutcropCore
import OutcropNN
import OutcropTensor

/// The passes of a rank's shards of a batch, side by side: batch normalization with exact moments needs numbers of
/// all shards before any of them can go on.
///
/// Each pass has a thread, but one of them runs at a time, up to its next exchange. Between the turns, the calling
/// thread, which alone may send messages, gathers what the passes of all ranks give. Every pass has its own
/// leaves of the parameters, so that its gradients stay apart from those of the others.
struct ShardPasses<Scalar: TensorScalar> {
  let communicator: any Communicator
  let parameters: [Parameter<Scalar>]
  let statistics: ShardStatistics<Scalar>

  /// Calls `body` for each of this rank's parts, with what connects it with the other parts of the batch. Every rank
  /// calls this, also one without parts.
  ///
  /// - Throws: `CommunicationError`; `InputError` where the system has no thread left, and, on all ranks, where the
  ///   passes do not give numbers equally often. Each pass has ended then.
  func run(
    _ parts: [Shards.Part], _ body: @escaping (Int, any ShardExchange) -> Void
  ) throws {
    let turns = parts.indices.map { index in
      ShardTurn { exchange in
        ShardedBatch.$exchange.withValue(exchange) { body(index, exchange) }
      }
    }
    var leaves = parts.map { _ in parameters.map { $0.leaf.trackingGradients() } }
    func advance(_ index: Int) {
      func exchangeLeaves() {
        for (number, parameter) in parameters.enumerated() {
          swap(&parameter.leaf, &leaves[index][number])
        }
      }
      exchangeLeaves()
      statistics.with(parts[index].number) { turns[index].advance() }
      exchangeLeaves()
    }
    func open() -> [Int] { turns.indices.filter { turns[$0].isOpen } }
    do {
      for turn in turns { try turn.start() }
      while true {
        for index in open() { advance(index) }
        let all = try gather(turns.map(\.given))
        let numbers = all.compactMap { $0 }
        if numbers.isEmpty { return }
        guard numbers.count == all.count, numbers.allSatisfy({ $0.count == numbers[0].count })
        else {
          throw InputError(
            file: "training", field: "exact_batch_moments",
            found: "shards of a batch with different batch normalizations",
            expected: "the same ones in every shard",
            hint: "a model whose layers depend on the batch cannot be trained with exact moments")
        }
        for turn in turns { turn.gathered = numbers }
      }
    } catch {
      for index in open() {
        turns[index].isStopped = true
        advance(index)
      }
      throw error
    }
  }

  /// What the passes of all ranks give, in the order of the shards; nil for one that is over.
  private func gather(_ given: [[Double]?]) throws -> [[Double]?] {
    let over = -1.0
    let sent = given.flatMap { numbers in
      numbers.map { [Double($0.count)] + $0 } ?? [over]
    }
    return try communicator.gather(sent).flatMap { received in
      var (place, found) = (0, [[Double]?]())
      while place < received.count {
        let count = received[place]
        let end = place + 1 + max(0, Int(count))
        found.append(count == over ? nil : Array(received[place + 1..<end]))
        place = end
      }
      return found
    }
  }
}

/// A pass on its own thread, which runs only while the owner waits in `advance`.
private final class ShardTurn: ShardExchange, @unchecked Sendable {
  // The pass uses them in its turns, the owner between the turns.
  private let body: (any ShardExchange) -> Void
  /// What the pass waits with; nil once it is over.
  private(set) var given: [Double]?
  /// What all shards gave, for the next turn.
  var gathered: [[Double]] = []
  /// Whether the pass goes on to its end without the other shards: its results are not used.
  var isStopped = false
  /// Whether the pass was started and is not over.
  private(set) var isOpen = false
  private let turn = DispatchSemaphore(value: 0)
  private let pause = DispatchSemaphore(value: 0)

  init(_ body: @escaping (any ShardExchange) -> Void) { self.body = body }

  /// Makes the thread, which waits for its first turn; throws `InputError` where the system has none left.
  func start() throws {
    // Called only while the owner waits.
    nonisolated(unsafe) let pass = Recording.keepingMode { [self] in body(self) }
    isOpen = BackgroundThread.start(name: "outcrop-shard") { [self] in
      turn.wait()
      if !isStopped { pass() }
      (given, isOpen) = (nil, false)
      pause.signal()
    }
    if !isOpen { throw InputError.system("training", "start a thread for a shard") }
  }

  /// Lets the pass run until it waits for the other shards, or to its end.
  func advance() {
    turn.signal()
    pause.wait()
  }

  func gather(_ numbers: [Double]) -> [[Double]] {
    if isStopped { return [numbers] }
    given = numbers
    pause.signal()
    turn.wait()
    return isStopped ? [numbers] : gathered
  }
}
