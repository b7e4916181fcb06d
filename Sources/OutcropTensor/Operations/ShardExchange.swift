/// Passes numbers between the shards of one batch, whose passes advance side by side.
///
/// With one, batch normalization uses the moments over all shards, and its gradient the sums over all shards.
package protocol ShardExchange: AnyObject, Sendable {
  /// The numbers that every shard gives at the same place of its pass, in the order of the shards.
  ///
  /// Returns when all shards have given theirs. All shards call it equally often, with as many numbers.
  func gather(_ numbers: [Double]) -> [[Double]]
}

extension ShardExchange {
  /// The sums of the numbers over all shards, added in their order.
  package func sums(_ numbers: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: numbers.count)
    for row in gather(numbers) {
      for (index, value) in row.enumerated() { sums[index] += value }
    }
    return sums
  }
}

/// The batch whose shard the current task computes.
package enum ShardedBatch {
  /// Connects the shard with the others of its batch; nil where a batch is one whole, or normalized by shard.
  @TaskLocal package static var exchange: (any ShardExchange)?
}
