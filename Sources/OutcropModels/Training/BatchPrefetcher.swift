import Dispatch
import OutcropCore
import OutcropGraph

/// Makes the batches of an epoch one step ahead, on a separate thread: while the model works on one batch,
/// the next one is sampled and assembled.
///
/// The contents of a batch depend only on its examples and its seed.
final class BatchPrefetcher {
  private let source: any BatchSource
  private let requests: [(examples: ArraySlice<Int>, seed: UInt64)]
  private var next: Pending?
  private var position = 0

  init(_ source: any BatchSource, _ requests: [(examples: ArraySlice<Int>, seed: UInt64)]) {
    (self.source, self.requests) = (source, requests)
    next = request(0)
  }

  /// The next batch; traps after the last.
  func batch() -> GraphBatch {
    let batch = next!.wait()
    position += 1
    next = request(position)
    return batch
  }

  private func request(_ position: Int) -> Pending? {
    guard position < requests.count else { return nil }
    let pending = Pending()
    let (source, request) = (source, requests[position])
    BackgroundThread.run {
      pending.finish(source.batch(request.examples, seed: request.seed))
    }
    return pending
  }
}

/// A batch that is being made.
private final class Pending: @unchecked Sendable {
  private let done = DispatchSemaphore(value: 0)
  // Written before the signal, read after it.
  private var batch: GraphBatch?

  func finish(_ batch: GraphBatch) {
    self.batch = batch
    done.signal()
  }

  func wait() -> GraphBatch {
    done.wait()
    return batch!
  }
}
