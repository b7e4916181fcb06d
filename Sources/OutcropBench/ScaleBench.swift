import Outcrop

/// Whether time grows with the work: edge attention from 10³ to 10⁷ edges and statistics from 10⁴ to 10⁶
/// rows. `largest` edges bound the first, for machines with little memory.
func measureScale(_ effort: Effort, largest: Int = 10_000_000) -> [Measurement] {
  let effort = Effort(runs: min(effort.runs, 5))
  var result: [Measurement] = []
  var count = 1000
  while count <= largest {
    let attention = AttentionCase(molecules(edges: count))
    result += sideBySide(
      .scale, "edge attention, forward and backward: \(count) edges", effort, Cost(),
      [(outcropWay, attention.both)])
    BufferPool.trim()
    count *= 10
  }
  for rows in [10_000, 100_000, 1_000_000] {
    var generator = RandomGenerator(seed: 6)
    let values = Tensor<Float>.normal([rows, 64], using: &generator)
    result += sideBySide(
      .scale, "streaming statistics: [\(rows), 64]", effort, Cost(),
      [
        (
          outcropWay,
          {
            var summary = ActivationSummary()
            values.withUnsafeBufferPointer {
              do {
                try summary.add(ActivationArray($0, rowCount: rows, width: 64))
              } catch {
                preconditionFailure("\(error)")
              }
            }
          }
        )
      ])
  }
  return result
}
