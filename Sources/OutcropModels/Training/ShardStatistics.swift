import OutcropCore
import OutcropNN
import OutcropTensor

/// The running statistics of a model in an epoch of sharded training.
///
/// Each shard has separate running statistics, which are kept between batches; at the end of the epoch the model
/// receives their mean over the shards, added in the order of the shards. Running statistics of batch normalization are linear in those of
/// the batches, so this is the same, but for rounding, as merging after every batch. With exact moments, the shards
/// that had examples in every batch have the same ones, which are the model's.
final class ShardStatistics<Scalar: TensorScalar> {
  private let shards: Shards
  private var statistics: [Statistic<Scalar>] = []
  private var counters: [Counter] = []
  /// By shard of this rank.
  private var values: [[Tensor<Scalar>]]
  private var counts: [[Int64]]

  /// The statistics of all shards are the model's.
  init(_ model: some Module<Scalar>, _ shards: Shards) {
    self.shards = shards
    (values, counts) = ([], [])
    if shards.count == 1 { return }
    for entry in model.state {
      switch entry.content {
      case .parameter: continue
      case .statistic(let statistic): statistics.append(statistic)
      case .counter(let counter): counters.append(counter)
      }
    }
    values = shards.local.map { _ in statistics.map(\.value) }
    counts = shards.local.map { _ in counters.map(\.value) }
  }

  /// Runs a training step's passes on one shard, with the shard's statistics in the model.
  func with<Result>(_ shard: Int, _ body: () throws -> Result) rethrows -> Result {
    if shards.count == 1 { return try body() }
    let row = shard - shards.local.lowerBound
    for (index, statistic) in statistics.enumerated() { statistic.value = values[row][index] }
    for (index, counter) in counters.enumerated() { counter.value = counts[row][index] }
    let result = try body()
    values[row] = statistics.map(\.value)
    counts[row] = counters.map(\.value)
    return result
  }

  /// Sets the model's statistics to the mean over the shards `chosen`, and its counters to the largest.
  func merge(_ chosen: [Int]) throws {
    if shards.count == 1 { return }
    let own = values.flatMap { $0.flatMap(\.values) }
    let rows = try shards.communicator.gather(own).flatMap { $0 }
    let width = statistics.reduce(0) { $0 + $1.value.count }
    var place = 0
    for statistic in statistics {
      let count = statistic.value.count
      statistic.value = Tensor(unsafeUninitialized: statistic.value.shape) { target in
        for index in 0..<count {
          let column = chosen.map { rows[$0 * width + place + index] }
          // What training does not change keeps its bits.
          target[index] =
            column.allSatisfy { $0 == column[0] }
            ? column[0]
            : Scalar(column.reduce(0.0) { $0 + Double($1) } / Double(chosen.count))
        }
      }
      place += count
    }
    let all = try shards.communicator.gather(counts.flatMap { $0 }).flatMap { $0 }
    for (index, counter) in counters.enumerated() {
      counter.value = (0..<shards.count).map { all[$0 * counters.count + index] }.max()!
    }
  }
}
