import OutcropStatistics
import Testing

struct MedianTests {
  /// The definition, by sorting.
  private func expected(_ values: [Float], _ convention: MedianConvention) -> Float {
    if values.isEmpty || values.contains(where: \.isNaN) { return .nan }
    let sorted = values.map { abs($0) }.sorted()
    let upper = sorted[sorted.count / 2]
    let lower = sorted[(sorted.count - 1) / 2]
    return convention == .lowerMiddle ? lower : sorted.count % 2 == 1 ? upper : (lower + upper) / 2
  }

  private func same(_ a: Float, _ b: Float) -> Bool { a == b || (a.isNaN && b.isNaN) }

  @Test(arguments: MedianConvention.allCases)
  func agreeWithSorting(_ convention: MedianConvention) {
    var random = SplitMix(17)
    for count in Array(0...70) + [127, 128, 1000, 1001, 65_536, 65_537, 150_000, 150_001] {
      let values = random.activations(count)
      let coarse = values.map { ($0 * 2).rounded() }
      let two = (0..<count).map { Float($0 % 2) }
      for sample in [values, coarse, two, values.map { abs($0) }.sorted()] {
        #expect(
          Median.magnitude(of: sample, convention: convention) == expected(sample, convention)
            || count == 0)
      }
      if count > 0 {
        var broken = values
        broken[Int.random(in: 0..<count, using: &random)] = .nan
        #expect(Median.magnitude(of: broken, convention: convention).isNaN)
        broken = values
        for index in 0..<count / 2 + 1 { broken[index] = -.infinity }
        #expect(
          same(Median.magnitude(of: broken, convention: convention), expected(broken, convention)))
      }
    }
    #expect(Median.magnitude(of: [], convention: convention).isNaN)
  }

  @Test(arguments: [1, 2, 7, 64, 65, 300], MedianConvention.allCases)
  func rowsAndBatches(_ width: Int, _ convention: MedianConvention) throws {
    var random = SplitMix(UInt64(width))
    let rows = 700
    var values = random.activations(rows * width)
    values[5 * width] = .nan
    let offsets = [0, 0, 10, 650, 700]
    try values.withUnsafeBufferPointer { buffer in
      let array = try ActivationArray(
        buffer, rowCount: rows, width: width, batchOffsets: offsets)
      let found = Median.rowMagnitudes(of: array, convention: convention)
      for row in 0..<rows {
        let part = Array(values[row * width..<(row + 1) * width])
        #expect(same(found[row], expected(part, convention)))
      }
      let batches = Median.batchMagnitudes(of: array, convention: convention)
      for batch in 0..<4 {
        let part = Array(values[offsets[batch] * width..<offsets[batch + 1] * width])
        #expect(same(batches[batch], expected(part, convention)))
      }
    }
  }

  @Test func signedMedian() {
    var random = SplitMix(4)
    for count in [1, 2, 9, 10, 100_000] {
      let values = random.activations(count)
      let sorted = values.sorted()
      let median =
        count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2
      #expect(values.withUnsafeBufferPointer { Median.signed(of: $0) } == median)
    }
  }

  /// A pattern that makes every median of three a bad pivot still ends, with the right answer.
  @Test func selectionSurvivesBadPivots() {
    let count = 20_000
    var keys = [UInt32](repeating: 0, count: count)
    for index in 0..<count { keys[index] = UInt32(index % 2 == 0 ? index : count + index) }
    let sorted = keys.sorted()
    for rank in [0, 1, count / 2, count - 1] {
      var copy = keys
      let found = copy.withUnsafeMutableBufferPointer {
        Selection.select($0.baseAddress!, count: count, rank: rank)
      }
      #expect(found == sorted[rank])
      #expect(copy[..<rank].allSatisfy { $0 <= found })
      #expect(copy[rank...].allSatisfy { $0 >= found })
    }
  }
}
