import OutcropCore
import OutcropGraph

/// Makes the batches of an epoch one step ahead, on a separate thread: while the model works on one batch,
/// the next one is sampled and assembled.
///
/// The contents of a batch depend only on its examples and its seed.
final class BatchPrefetcher {
  private let source: any BatchSource
  private let requests: [(examples: ArraySlice<Int>, seed: UInt64)]
  private var next: BackgroundValue<GraphBatch>?
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

  private func request(_ position: Int) -> BackgroundValue<GraphBatch>? {
    guard position < requests.count else { return nil }
    let (source, request) = (source, requests[position])
    return BackgroundValue { source.batch(request.examples, seed: request.seed) }
  }
}
