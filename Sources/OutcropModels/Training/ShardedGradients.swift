import OutcropCore
import OutcropNN
import OutcropTensor

/// Adds the gradients of a batch's shards, in their order, over all ranks.
///
/// The elements of all parameters, one after the other, are cut into buckets, and each bucket into one slice for each
/// rank, which owns it: the owner receives the contributions of all shards to its slices, adds them and sends the sums
/// to all ranks. No sum depends on where a slice begins. A shard's part of a bucket is sent as soon as its backward
/// pass is done with the bucket's parameters, and goes on beside the rest of the pass and the next shards.
final class ShardedGradients<Scalar: TensorScalar> {
  /// The loss of one shard: a mean over its labels.
  struct ShardLoss {
    let loss: Double
    let labelCount: Int
    /// Whether the shard was run. Without labels it is run only for the moments of the others.
    var wasRun = true
  }

  private let shards: Shards
  private let parameters: [Parameter<Scalar>]
  /// The first element of each parameter, and at the end the number of all.
  private let starts: [Int]
  private let buckets: [GradientBucket]
  /// The bucket of each parameter.
  private let bucketNumbers: [Int]
  /// For each slice of another rank: what each shard of this rank contributes to it.
  private let sent: UnsafeMutableBufferPointer<Scalar>
  /// For each slice of this rank: what each shard of the batch contributes to it.
  private let received: UnsafeMutableBufferPointer<Scalar>
  /// The sums of all slices.
  private let sums: UnsafeMutableBufferPointer<Scalar>
  /// Which parameters have a gradient in one of this rank's shards.
  private var isPresent: [Bool]
  private var losses: [ShardLoss]
  /// For each shard of this rank and each bucket: the parameters that the backward pass is not done with; nil once
  /// the part is sent.
  private var open: [[Int?]] = []
  /// What a message threw in a backward pass.
  private var failure: (any Error)?

  init(_ parameters: [Parameter<Scalar>], _ shards: Shards) {
    (self.parameters, self.shards) = (parameters, shards)
    starts = parameters.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    buckets = GradientBucket.cut(
      starts, width: MemoryLayout<Scalar>.stride, shards: shards.count, over: shards.communicator)
    bucketNumbers = buckets.enumerated().flatMap { number, bucket in
      Array(repeating: number, count: bucket.parameters.count)
    }
    // One shard needs no sum.
    let isNeeded = shards.count > 1
    func zeros(_ count: Int) -> UnsafeMutableBufferPointer<Scalar> {
      let result = UnsafeMutableBufferPointer<Scalar>.allocate(capacity: isNeeded ? count : 0)
      result.initialize(repeating: 0)
      return result
    }
    let communicator = shards.communicator
    sent = zeros(communicator.size == 1 ? 0 : shards.local.count * starts.last!)
    received = zeros(
      shards.count * buckets.reduce(0) { $0 + $1.slices[communicator.rank].count })
    sums = zeros(starts.last!)
    isPresent = Array(repeating: false, count: parameters.count)
    losses = []
  }

  deinit {
    shards.communicator.cancelMessages()
    for memory in [sent, received, sums] { memory.deallocate() }
  }

  /// Forgets the shards of the last batch, and expects the contributions of the other ranks to the next one.
  func begin() throws {
    for index in isPresent.indices { isPresent[index] = false }
    losses = shards.local.map { _ in ShardLoss(loss: 0, labelCount: 0, wasRun: false) }
    open = shards.local.map { _ in buckets.map(\.parameters.count) }
    let communicator = shards.communicator
    if shards.count == 1 || communicator.size == 1 { return }
    for rank in 0..<communicator.size where rank != communicator.rank {
      for (row, shard) in communicator.share(of: shards.count, rank: rank).enumerated() {
        for (number, bucket) in buckets.enumerated() {
          try communicator.startReceiving(
            into: UnsafeMutableRawBufferPointer(receivedRow(shard, of: bucket)), from: rank,
            number: messageNumber(row, number))
        }
      }
    }
  }

  /// The gradient of a shard's loss that its backward pass starts from: the sum over the labels is
  /// differentiated, because the number of all labels is not known yet.
  func seed(labelCount: Int) -> Scalar { shards.count == 1 ? 1 : Scalar(labelCount) }

  /// Computes the gradients of the parameters, whose sums were nil, and takes them as those of a shard of this rank.
  ///
  /// - Parameters:
  ///   - result: what the gradient `seed` is that of.
  ///   - seed: has the shape of `result`.
  ///   - shard: the number of the shard.
  ///   - isSending: whether messages may be sent in the pass: it runs on the thread of the communicator.
  func runBackward(
    _ result: Tensor<Scalar>, seed: Tensor<Scalar>, of shard: Int, isSending: Bool
  ) {
    if shards.count == 1 {
      result.backward(gradient: seed)
      return
    }
    let row = shard - shards.local.lowerBound
    result.backward(gradient: seed, announcing: parameters.map(\.leaf)) { [self] number in
      take(number, row)
      let bucket = bucketNumbers[number]
      open[row][bucket]! -= 1
      if !isSending || failure != nil { return }
      do {
        if open[row][bucket] == 0 { try send(row, bucket) }
        try shards.communicator.advanceMessages()
      } catch { failure = error }
    }
  }

  /// Takes the loss of one shard of this rank.
  func add(_ loss: ShardLoss, of shard: Int) { losses[shard - shards.local.lowerBound] = loss }

  private func take(_ number: Int, _ row: Int) {
    let range = starts[number]..<starts[number + 1]
    let gradient = parameters[number].gradient
    if gradient != nil { isPresent[number] = true }
    let bucket = buckets[bucketNumbers[number]]
    for (rank, slice) in bucket.slices.enumerated() {
      let part = range.clamped(to: slice)
      if part.isEmpty { continue }
      let piece = UnsafeMutableBufferPointer(
        rebasing: contribution(row, to: bucket, of: rank)[
          part.lowerBound - slice.lowerBound..<part.upperBound - slice.lowerBound])
      if let gradient {
        let source = part.lowerBound - range.lowerBound..<part.upperBound - range.lowerBound
        gradient.withUnsafeBufferPointer { _ = piece.update(fromContentsOf: $0[source]) }
      } else {
        piece.update(repeating: 0)
      }
    }
  }

  /// Sends what a shard of this rank contributes to a bucket.
  private func send(_ row: Int, _ number: Int) throws {
    open[row][number] = nil
    let communicator = shards.communicator
    for rank in 0..<communicator.size where rank != communicator.rank {
      try communicator.startSending(
        UnsafeRawBufferPointer(contribution(row, to: buckets[number], of: rank)), to: rank,
        number: messageNumber(row, number))
    }
  }

  /// The losses of all shards with labels, in their order, on every rank. If there are some and all are finite,
  /// each parameter's gradient is that of the mean over all labels afterward.
  func combine() throws -> [ShardLoss] {
    if shards.count == 1 { return losses.filter { $0.labelCount > 0 } }
    if let failure { throw failure }
    // The part of a shard that was not run is that of an earlier batch, and is not used.
    for row in open.indices {
      for number in buckets.indices where open[row][number] != nil { try send(row, number) }
    }
    let numbers =
      isPresent.map { $0 ? 1.0 : 0 }
      + losses.flatMap { [$0.loss, Double($0.labelCount), $0.wasRun ? 1 : 0] }
    var all: [ShardLoss] = []
    for numbers in try shards.communicator.gather(numbers) {
      for index in parameters.indices where numbers[index] > 0 { isPresent[index] = true }
      for place in stride(from: parameters.count, to: numbers.count, by: 3) {
        all.append(
          ShardLoss(
            loss: numbers[place], labelCount: Int(numbers[place + 1]),
            wasRun: numbers[place + 2] > 0))
      }
    }
    try shards.communicator.finishMessages()
    let used = all.filter { $0.labelCount > 0 }
    guard !used.isEmpty, used.allSatisfy(\.loss.isFinite) else { return used }
    try add(all.map(\.wasRun), labelCount: used.reduce(0) { $0 + $1.labelCount })
    for (number, parameter) in parameters.enumerated() {
      parameter.gradient =
        isPresent[number]
        ? Tensor(unsafeUninitialized: parameter.shape) { target in
          _ = target.update(fromContentsOf: sums[starts[number]..<starts[number + 1]])
        } : nil
    }
    return used
  }

  /// Adds the contributions to the slices of this rank, and sends the sums to all.
  private func add(_ isUsed: [Bool], labelCount: Int) throws {
    let communicator = shards.communicator
    for (number, bucket) in buckets.enumerated() {
      let own = sum(of: bucket.slices[communicator.rank])
      let rows = UnsafeBufferPointer(rebasing: received[bucket.received...])
      ThreadPool.forRanges(own.count, grain: elementGrain) { part in
        addUsedRows(rows, isUsed, 1 / Scalar(labelCount), own, part)
      }
      for (rank, slice) in bucket.slices.enumerated() where rank != communicator.rank {
        try communicator.startReceiving(
          into: UnsafeMutableRawBufferPointer(sum(of: slice)), from: rank, number: number)
        try communicator.startSending(UnsafeRawBufferPointer(own), to: rank, number: number)
      }
    }
    try communicator.finishMessages()
  }

  private func sum(of slice: Range<Int>) -> UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(rebasing: sums[slice])
  }

  /// What a shard of this rank contributes to the slice of a bucket that a rank owns.
  private func contribution(
    _ row: Int, to bucket: GradientBucket, of rank: Int
  ) -> UnsafeMutableBufferPointer<Scalar> {
    if rank == shards.communicator.rank {
      return receivedRow(shards.local.lowerBound + row, of: bucket)
    }
    let slice = bucket.slices[rank]
    let start = shards.local.count * slice.lowerBound + row * slice.count
    return UnsafeMutableBufferPointer(rebasing: sent[start..<start + slice.count])
  }

  /// What a shard of the batch contributes to this rank's slice of a bucket.
  private func receivedRow(
    _ shard: Int, of bucket: GradientBucket
  ) -> UnsafeMutableBufferPointer<Scalar> {
    let count = bucket.slices[shards.communicator.rank].count
    let start = bucket.received + shard * count
    return UnsafeMutableBufferPointer(rebasing: received[start..<start + count])
  }

  /// Messages with the same number are those of one bucket, in the order of the shards.
  private func messageNumber(_ row: Int, _ bucket: Int) -> Int {
    (row * buckets.count + bucket) % GradientBucket.messageNumbers
  }
}

/// target[i] = factor · Σ rows[r · width + i] over the used rows r, in their order, for i in `range`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func addUsedRows<Scalar: TensorScalar>(
  _ rows: UnsafeBufferPointer<Scalar>, _ isUsed: [Bool], _ factor: Scalar,
  _ target: UnsafeMutableBufferPointer<Scalar>, _ range: Range<Int>
) {
  let (width, target) = (target.count, target.baseAddress!)
  for index in range { target[index] = 0 }
  for row in isUsed.indices where isUsed[row] {
    let row = rows.baseAddress! + row * width
    for index in range { target[index] += row[index] }
  }
  for index in range { target[index] *= factor }
}
