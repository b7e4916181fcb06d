import OutcropCore
import OutcropNN
import OutcropTensor

/// Adds the gradients of a batch's shards, in their order, over all ranks.
///
/// The elements of all parameters, one after the other, are cut into one slice for each rank, which owns it: the
/// owner receives the contributions of all shards to its slice, adds them and sends the sum to all ranks. No
/// sum depends on where a slice begins.
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
  private let slices: [Range<Int>]
  /// For each rank in turn: what each shard of this rank contributes to the rank's slice.
  private var contributions: [Scalar]
  /// What each shard of the batch contributes to this rank's slice; with one rank the contributions.
  private var received: [Scalar]
  /// The sums of all slices.
  private var sums: [Scalar]
  /// Which parameters have a gradient in one of this rank's shards.
  private var isPresent: [Bool]
  private var losses: [ShardLoss]

  init(_ parameters: [Parameter<Scalar>], _ shards: Shards) {
    (self.parameters, self.shards) = (parameters, shards)
    let starts = parameters.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    let communicator = shards.communicator
    let slices = (0..<communicator.size).map { communicator.share(of: starts.last!, rank: $0) }
    (self.starts, self.slices) = (starts, slices)
    // One shard needs no sum.
    let isNeeded = shards.count > 1
    func zeros(_ count: Int) -> [Scalar] { Array(repeating: 0, count: isNeeded ? count : 0) }
    contributions = zeros(shards.local.count * starts.last!)
    received =
      communicator.size == 1 ? [] : zeros(shards.count * slices[communicator.rank].count)
    sums = zeros(starts.last!)
    isPresent = Array(repeating: false, count: parameters.count)
    losses = []
    begin()
  }

  /// Forgets the shards of the last batch.
  func begin() {
    for index in isPresent.indices { isPresent[index] = false }
    losses = shards.local.map { _ in ShardLoss(loss: 0, labelCount: 0, wasRun: false) }
  }

  /// The gradient of a shard's loss that its backward pass starts from: the sum over the labels is
  /// differentiated, because the number of all labels is not known yet.
  func seed(labelCount: Int) -> Scalar { shards.count == 1 ? 1 : Scalar(labelCount) }

  /// Takes the loss of one shard of this rank and, where it is finite, the gradients of the parameters.
  func add(_ loss: ShardLoss, of shard: Int) {
    losses[shard - shards.local.lowerBound] = loss
    if shards.count == 1 || !loss.loss.isFinite { return }
    let row = shard - shards.local.lowerBound
    contributions.withUnsafeMutableBufferPointer { target in
      for (number, parameter) in parameters.enumerated() {
        let range = starts[number]..<starts[number + 1]
        let gradient = parameter.gradient
        if gradient != nil { isPresent[number] = true }
        for slice in slices {
          let part = range.clamped(to: slice)
          if part.isEmpty { continue }
          let place =
            shards.local.count * slice.lowerBound + row * slice.count + part.lowerBound
            - slice.lowerBound
          let piece = UnsafeMutableBufferPointer(rebasing: target[place..<place + part.count])
          if let gradient {
            let source = part.lowerBound - range.lowerBound..<part.upperBound - range.lowerBound
            gradient.withUnsafeBufferPointer {
              _ = piece.update(fromContentsOf: $0[source])
            }
          } else {
            piece.update(repeating: 0)
          }
        }
      }
    }
  }

  /// The losses of all shards with labels, in their order, on every rank. If there are some and all are finite,
  /// each parameter's gradient is that of the mean over all labels afterward.
  func combine() throws -> [ShardLoss] {
    if shards.count == 1 { return losses.filter { $0.labelCount > 0 } }
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
    // The part of the contributions of a shard that was not run is that of an earlier batch.
    let isUsed = all.map(\.wasRun)
    let used = all.filter { $0.labelCount > 0 }
    guard !used.isEmpty, used.allSatisfy(\.loss.isFinite) else { return used }
    try add(isUsed, labelCount: used.reduce(0) { $0 + $1.labelCount })
    for (number, parameter) in parameters.enumerated() {
      parameter.gradient =
        isPresent[number]
        ? Tensor(unsafeUninitialized: parameter.shape) { target in
          _ = target.update(fromContentsOf: sums[starts[number]..<starts[number + 1]])
        } : nil
    }
    return used
  }

  /// Sends the contributions to the owners, adds them there, and sends the sums to all.
  private func add(_ isUsed: [Bool], labelCount: Int) throws {
    let communicator = shards.communicator
    let own = slices[communicator.rank]
    if communicator.size > 1 {
      try contributions.withUnsafeBytes { sent in
        try received.withUnsafeMutableBytes { received in
          try communicator.exchange(
            slices.map { slice in
              part(
                of: sent, shards.local.count * slice.lowerBound, shards.local.count * slice.count)
            },
            into: slices.indices.map { rank in
              let theirs = communicator.share(of: shards.count, rank: rank)
              return part(of: received, theirs.lowerBound * own.count, theirs.count * own.count)
            })
        }
      }
      received.withUnsafeBufferPointer { addRows($0, isUsed, 1 / Scalar(labelCount), to: own) }
      let mine = Array(sums[own])
      try mine.withUnsafeBytes { mine in
        try sums.withUnsafeMutableBytes { sums in
          try communicator.exchange(
            Array(repeating: mine, count: communicator.size),
            into: slices.map { part(of: sums, $0.lowerBound, $0.count) })
        }
      }
    } else {
      contributions.withUnsafeBufferPointer { addRows($0, isUsed, 1 / Scalar(labelCount), to: own) }
    }
  }

  private func addRows(
    _ rows: UnsafeBufferPointer<Scalar>, _ isUsed: [Bool], _ factor: Scalar, to range: Range<Int>
  ) {
    sums.withUnsafeMutableBufferPointer { sums in
      let target = UnsafeMutableBufferPointer(rebasing: sums[range])
      ThreadPool.forRanges(range.count, grain: elementGrain) { part in
        addUsedRows(rows, isUsed, factor, target, part)
      }
    }
  }

  private func part(
    of bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int
  ) -> UnsafeRawBufferPointer {
    let width = MemoryLayout<Scalar>.stride
    return UnsafeRawBufferPointer(rebasing: bytes[start * width..<(start + count) * width])
  }

  private func part(
    of bytes: UnsafeMutableRawBufferPointer, _ start: Int, _ count: Int
  ) -> UnsafeMutableRawBufferPointer {
    let width = MemoryLayout<Scalar>.stride
    return UnsafeMutableRawBufferPointer(rebasing: bytes[start * width..<(start + count) * width])
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
