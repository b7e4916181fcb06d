import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Batch normalization over the shards of a batch")
struct ShardedBatchNormTests {
  /// Shards that run at once, each on a rank of its own.
  private final class RankExchange: ShardExchange {
    private let ranks: ThreadRanks
    init(_ ranks: ThreadRanks) { self.ranks = ranks }

    func gather(_ numbers: [Double]) -> [[Double]] {
      do { return try ranks.gather(numbers) } catch { fatalError("\(error)") }
    }
  }

  @Test("Values, moments and gradients are those of the whole batch", arguments: [false, true])
  func shardsAreTheBatch(hasResidual: Bool) throws {
    let (columns, sizes) = (5, [3, 0, 1, 200])
    let starts = sizes.reduce(into: [0]) { $0.append($0.last! + $1) }
    var generator = RandomGenerator(seed: 3)
    func draw(_ shape: [Int]) -> Tensor<Double> { .normal(shape, using: &generator) }
    // A mean that is large beside the deviation.
    let x = draw([starts.last!, columns]) + Tensor(1e3)
    let (residual, dy) = (draw(x.shape), draw(x.shape))
    let (weight, bias) = (draw([columns]), draw([columns]))

    /// The output, the gradients of input and residual, those of weight and bias, and the moments.
    @Sendable func run(_ rows: Range<Int>, _ exchange: (any ShardExchange)?) -> [[Double]] {
      func part(_ tensor: Tensor<Double>) -> Tensor<Double> {
        let values = tensor.values[rows.lowerBound * columns..<rows.upperBound * columns]
        return Tensor(Array(values), shape: [rows.count, columns])
      }
      let leaves = [part(x), weight, bias, part(residual)].map { $0.trackingGradients() }
      let (y, moments) = leaves[0].batchNorm(
        weight: leaves[1], bias: leaves[2], residual: hasResidual ? leaves[3] : nil,
        epsilon: 1e-5, over: exchange)
      y.backward(gradient: part(dy))
      return [y.values] + leaves.map { $0.gradient?.values ?? [] }
        + [[Double(moments.count)], moments.mean, moments.biasedVariance]
    }
    let whole = run(0..<starts.last!, nil)
    let shards = try ThreadRanks.run(sizes.count) { ranks in
      run(starts[ranks.rank]..<starts[ranks.rank + 1], RankExchange(ranks))
    }
    for place in whole.indices {
      let found: [Double]
      switch place {
      // Rows, one shard after the other.
      case 0, 1, 4: found = shards.flatMap { $0[place] }
      // Sums over the rows.
      case 2, 3: found = (0..<columns).map { column in shards.reduce(0) { $0 + $1[place][column] } }
      // Every shard has the moments of all.
      default:
        found = shards[0][place]
        for shard in shards { #expect(shard[place] == found) }
      }
      #expect(found.count == whole[place].count)
      // Some hundred terms in another order; the moments of numbers of 10³ round by 2⁻⁵³ · 10³.
      for (a, b) in zip(found, whole[place]) { #expect(abs(a - b) < 1e-10 * max(1, abs(b))) }
    }
  }
}
