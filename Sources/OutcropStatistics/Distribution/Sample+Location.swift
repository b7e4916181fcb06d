extension Sample: LocatedSample {
  /// Samples up to this size are searched without condensation.
  private static var exactCount: Int { 8192 }
  /// In larger samples this many of the lowest values, which are decisive near the minimum, are not grouped.
  private static var lowCount: Int { 1024 }

  var pointsAreExact: Bool { count <= Self.exactCount }

  var searchPoints: [(z: Double, weight: Double)] {
    pointsAreExact ? values.map { (Double($0) - minimum, 1) } : condensed
  }

  func profileSums(gap: Double) -> ProfileSums {
    let base = values.baseAddress!
    return reduceParts(count, ProfileSums()) { range in
      ProfileSums.over(
        base, range, minimum: minimum, gap: gap, meanAboveMinimum: mean - minimum)
    } combine: {
      $0.add($1)
    }
  }

  /// The lowest values unchanged, and the others in groups of bins.
  private var condensed: [(z: Double, weight: Double)] {
    // The values of the lowest bins, `lowCount` in total, are not grouped.
    var lowBins = 0
    var lowTotal = 0
    while lowTotal < Self.lowCount {
      lowTotal += counts[lowBins]
      lowBins += 1
    }
    var points: [(z: Double, weight: Double)] = []
    // Equal values become one point, which limits the number of points.
    if lowTotal <= 16 * Self.lowCount {
      points = gather(self) { $0 < lowBins }.map { (Double($0) - minimum, 1) }
    } else {
      let low = Dictionary(grouping: gather(self) { $0 < lowBins }, by: { $0 })
      points = low.sorted { $0.key < $1.key }.map {
        (Double($0.key) - minimum, Double($0.value.count))
      }
    }
    let group = 4
    var bin = lowBins
    while bin < counts.count {
      var weight = 0.0
      var sum = 0.0
      for member in bin..<min(bin + group, counts.count) {
        let count = Double(counts[member])
        weight += count
        sum += count * (Double(member) + 0.5) / binScale
      }
      if weight > 0 { points.append((sum / weight, weight)) }
      bin += group
    }
    return points
  }
}

/// The values of a sample whose bin passes a test, in the sample's order.
func gather<Element>(_ sample: Sample<Element>, where wanted: (Int) -> Bool) -> [Element] {
  reduceParts(sample.count, [Element]()) { range in
    var found: [Element] = []
    for index in range where wanted(sample.bin(Double(sample.values[index]))) {
      found.append(sample.values[index])
    }
    return found
  } combine: {
    $0.append(contentsOf: $1)
  }
}
