import OutcropCore

/// The parts of every batch that have their own gradients, and those that this rank computes.
///
/// A part is whole examples, and which ones depends on the batch alone. Sums over the parts are taken in their
/// order, so that results are the same bits on any number of ranks.
struct Shards {
  /// One part of a batch.
  struct Part {
    let number: Int
    /// Never empty.
    let examples: ArraySlice<Int>
    let seed: UInt64
  }

  let count: Int
  let communicator: any Communicator
  /// Whether batch normalization uses the moments over all parts of a batch.
  let hasExactMoments: Bool
  /// The numbers of this rank's parts.
  let local: Range<Int>

  init(_ configuration: TrainingConfiguration, _ communicator: any Communicator) {
    count = configuration.shardCount
    hasExactMoments = configuration.hasExactBatchMoments && count > 1
    self.communicator = communicator
    local = communicator.share(of: count)
  }

  /// This rank's parts of a batch; a batch with fewer examples than parts has empty ones, which are left out.
  func parts(of examples: ArraySlice<Int>, seed: UInt64) -> [Part] {
    local.compactMap { number in
      let range = range(number, of: examples.indices)
      return range.isEmpty
        ? nil : Part(number: number, examples: examples[range], seed: Self.seed(seed, number))
    }
  }

  /// The examples of a part, of those in `all`.
  private func range(_ number: Int, of all: Range<Int>) -> Range<Int> {
    let (first, size) = (all.lowerBound, all.count)
    return first + size * number / count..<first + size * (number + 1) / count
  }

  /// The parts whose statistics of batch normalization are those of the model after batches of these sizes.
  ///
  /// With exact moments, every part that has examples has the same ones, and the last part always has examples.
  func representatives(ofBatches sizes: [Int]) -> [Int] {
    let all = Array(0..<count)
    if !hasExactMoments { return all }
    let different = Set(sizes)
    return all.filter { number in different.allSatisfy { !range(number, of: 0..<$0).isEmpty } }
  }

  /// The seed of a part: the first one has the batch's own, so that one part is the whole batch.
  private static func seed(_ seed: UInt64, _ number: Int) -> UInt64 {
    number == 0 ? seed : mixed(seed ^ mixed(UInt64(number)))
  }
}
