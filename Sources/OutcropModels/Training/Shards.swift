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
  /// The numbers of this rank's parts.
  let local: Range<Int>

  init(count: Int, _ communicator: any Communicator) {
    (self.count, self.communicator) = (count, communicator)
    local = communicator.share(of: count)
  }

  /// This rank's parts of a batch; a batch with fewer examples than parts has empty ones, which are left out.
  func parts(of examples: ArraySlice<Int>, seed: UInt64) -> [Part] {
    local.compactMap { number in
      let (first, all) = (examples.startIndex, examples.count)
      let range = first + all * number / count..<first + all * (number + 1) / count
      return range.isEmpty
        ? nil : Part(number: number, examples: examples[range], seed: Self.seed(seed, number))
    }
  }

  /// The seed of a part: the first one has the batch's own, so that one part is the whole batch.
  private static func seed(_ seed: UInt64, _ number: Int) -> UInt64 {
    number == 0 ? seed : mixed(seed ^ mixed(UInt64(number)))
  }
}
