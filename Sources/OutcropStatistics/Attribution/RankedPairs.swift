/// Pairs of numbers as ranks, ready for rank correlations of weighted resamples.
struct RankedPairs {
  /// For each pair, the position of its x among the distinct x in ascending order, and the same for its y.
  let x: [Int32]
  let y: [Int32]
  let xCount: Int
  let yCount: Int

  /// `x` and `y` must not contain NaN; infinities count as the largest and smallest numbers.
  init(x: [Double], y: [Double]) {
    (self.x, xCount) = Self.positions(x)
    (self.y, yCount) = Self.positions(y)
  }

  private static func positions(_ values: [Double]) -> ([Int32], Int) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var result = [Int32](repeating: 0, count: values.count)
    var count = 0
    for (place, index) in order.enumerated() {
      if place == 0 || values[index] != values[order[place - 1]] { count += 1 }
      result[index] = Int32(count - 1)
    }
    return (result, count)
  }

  /// Spearman's coefficient (Pearson's coefficient of the ranks) when pair i counts `weight(i)` times.
  /// Equal values share the mean of their ranks. nil if all x, or all y, of positive weight are equal.
  func coefficient(weight: (Int) -> Int) -> Double? {
    var xWeights = [Int](repeating: 0, count: xCount)
    var yWeights = [Int](repeating: 0, count: yCount)
    var total = 0
    for pair in x.indices {
      let times = weight(pair)
      xWeights[Int(x[pair])] += times
      yWeights[Int(y[pair])] += times
      total += times
    }
    let xRanks = centeredRanks(xWeights, total)
    let yRanks = centeredRanks(yWeights, total)
    func spread(_ ranks: [Double], _ weights: [Int]) -> Double {
      zip(ranks, weights).reduce(0) { $0 + $1.0 * $1.0 * Double($1.1) }
    }
    let product = spread(xRanks, xWeights) * spread(yRanks, yWeights)
    guard product > 0 else { return nil }
    var covariance = 0.0
    for pair in x.indices {
      covariance += Double(weight(pair)) * xRanks[Int(x[pair])] * yRanks[Int(y[pair])]
    }
    return min(1, max(-1, covariance / product.squareRoot()))
  }

  /// The mean rank of each distinct value minus the mean of all ranks.
  private func centeredRanks(_ weights: [Int], _ total: Int) -> [Double] {
    var below = 0
    return weights.map { weight in
      let rank = Double(below) + Double(weight + 1) / 2
      below += weight
      return rank - Double(total + 1) / 2
    }
  }
}
