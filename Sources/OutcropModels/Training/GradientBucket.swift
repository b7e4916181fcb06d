import OutcropCore

/// Consecutive parameters whose contributions are sent together.
package struct GradientBucket {
  /// The numbers that messages may have.
  static let messageNumbers = 1 << 15

  package let parameters: Range<Int>
  /// The elements that each rank owns.
  package let slices: [Range<Int>]
  /// Where the contributions to this rank's slice begin.
  package let received: Int

  /// Cuts parameters, of which `starts` has the first elements and the number of all.
  ///
  /// Up to eight buckets, with messages of 32 KB or more: sending a smaller one takes about as long.
  package static func cut(
    _ starts: [Int], width: Int, shards: Int, over communicator: any Communicator
  ) -> [GradientBucket] {
    let total = starts.last!
    let wanted =
      communicator.size == 1 || shards * 8 > messageNumbers
      ? 1 : min(8, max(1, total * width / (communicator.size * 32 << 10)))
    var (result, first, received) = ([GradientBucket](), 0, 0)
    func fraction(_ parameter: Int) -> Int { starts[parameter] * wanted / max(1, total) }
    for next in starts.indices.dropFirst()
    where next == starts.count - 1 || fraction(next) > fraction(first) {
      let size = starts[next] - starts[first]
      let slices = (0..<communicator.size).map { rank in
        let share = communicator.share(of: size, rank: rank)
        return starts[first] + share.lowerBound..<starts[first] + share.upperBound
      }
      result.append(
        GradientBucket(parameters: first..<next, slices: slices, received: received))
      received += shards * slices[communicator.rank].count
      first = next
    }
    return result
  }
}
