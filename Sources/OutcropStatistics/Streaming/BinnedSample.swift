/// A sample of which only the counts in bins are known. Every value is replaced by its bin's point.
struct BinnedSample: LocatedSample {
  let count: Int
  let minimum: Double
  let mean: Double
  let standardDeviation: Double
  /// Points above the minimum, in ascending order, and their counts.
  let points: [(z: Double, weight: Double)]

  /// Creates the sample from ascending points with positive weights; at least one point is required.
  init(_ values: [(value: Double, weight: Int)]) {
    let minimum = values[0].value
    let count = values.reduce(0) { $0 + $1.weight }
    points = values.map { ($0.value - minimum, Double($0.weight)) }
    let mean = points.reduce(0) { $0 + $1.z * $1.weight } / Double(count)
    let variance =
      points.reduce(0) { $0 + ($1.z - mean) * ($1.z - mean) * $1.weight } / Double(count)
    self.minimum = minimum
    self.count = count
    self.mean = minimum + mean
    standardDeviation = variance.squareRoot()
  }

  /// Creates the sample from the middles of a histogram's bins. The smallest value, which determines the
  /// location, is a separate point. The histogram must have a finite value.
  init(_ histogram: FineHistogram) {
    var values: [(value: Double, weight: Int)] = []
    histogram.forEachBin { bin, count in
      if values.isEmpty {
        values.append((Double(histogram.least), 1))
        if count == 1 { return }
        let center = histogram.center(bin)
        if center > values[0].value {
          values.append((center, count - 1))
        } else {
          values[0].weight = count
        }
      } else {
        values.append((histogram.center(bin), count))
      }
    }
    self.init(values)
  }

  /// Up to this many points are searched without grouping.
  private static let exactCount = 4096
  /// Of more points, the lowest are not changed and the others are grouped.
  private static let lowCount = 1024
  private static let group = 16

  var pointsAreExact: Bool { points.count <= Self.exactCount }

  var searchPoints: [(z: Double, weight: Double)] {
    if pointsAreExact { return points }
    var result = Array(points[..<Self.lowCount])
    var first = Self.lowCount
    while first < points.count {
      let part = points[first..<min(first + Self.group, points.count)]
      let weight = part.reduce(0) { $0 + $1.weight }
      result.append((part.reduce(0) { $0 + $1.z * $1.weight } / weight, weight))
      first += Self.group
    }
    return result
  }

  func profileSums(gap: Double) -> ProfileSums {
    let above = mean - minimum
    let inverse = 1 / (above + gap)
    return reduceParts(points.count, ProfileSums()) { range in
      var sums = ProfileSums()
      for index in range {
        sums.add(points[index].z, points[index].weight, gap, inverse, above)
      }
      return sums
    } combine: {
      $0.add($1)
    }
  }
}
