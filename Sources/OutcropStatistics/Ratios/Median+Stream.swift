import OutcropCore

extension Median {
  /// The exact median of the magnitudes of a stream of numbers that is read twice and not stored.
  ///
  /// The bit patterns of |x| have the same order as the numbers. The first pass counts them by their upper
  /// 16 bits. The second pass counts the lower 15 bits of those whose upper bits equal the median's. Memory
  /// is two tables, for any number of values.
  package struct Stream {
    private static let lowBits = 15
    private static let infinity = Float.infinity.bitPattern
    private static let grain = 1 << 18

    private let convention: MedianConvention
    private var count = 0
    private var high = [Int](repeating: 0, count: 1 << 16)
    /// The upper bits of the two middle values, and the counts of the lower bits of values with these bits.
    private var middle: [(upper: UInt32, rank: Int, low: [Int])] = []
    /// Counts of numbers and of NaN, if the first pass cannot determine them.
    private var nan = [0, 0]

    package init(_ convention: MedianConvention) { self.convention = convention }

    /// Counts values of the first pass.
    package mutating func count(_ values: UnsafeBufferPointer<Float>) {
      count += values.count
      tally(values, &high) { $0 >> UInt32(Self.lowBits) }
    }

    /// Ends the first pass. Returns false when no second pass is needed: without values, or with a NaN.
    package mutating func beginSecondPass() -> Bool {
      let firstNaN = Int(Self.infinity >> UInt32(Self.lowBits))
      // The bin of infinity also contains the smallest NaN patterns; the second pass separates them.
      if count == 0 || high[(firstNaN + 1)...].contains(where: { $0 > 0 }) { return false }
      let (lower, upper) = Median.ranks(count, convention)
      middle = [lower, upper].map { rank in
        var before = 0
        for (bits, number) in high.enumerated() {
          if rank < before + number {
            // One more for the values with other upper bits.
            return (UInt32(bits), rank - before, [Int](repeating: 0, count: 1 << Self.lowBits + 1))
          }
          before += number
        }
        preconditionFailure("rank \(rank) of \(count) values")
      }
      return true
    }

    /// Counts the same values again.
    package mutating func countAgain(_ values: UnsafeBufferPointer<Float>) {
      let other = UInt32(1 << Self.lowBits)
      for index in middle.indices where index == 0 || middle[1].upper != middle[0].upper {
        let upper = middle[index].upper
        tally(values, &middle[index].low) { bits in
          bits >> UInt32(Self.lowBits) == upper ? bits & (other - 1) : other
        }
      }
      if high[Int(Self.infinity >> UInt32(Self.lowBits))] > 0 {
        tally(values, &nan) { $0 > Self.infinity ? 1 : 0 }
      }
    }

    /// The median after both passes; NaN if there is none.
    package var median: Float {
      if middle.isEmpty || nan[1] > 0 { return .nan }
      let numbers = middle.indices.map { index -> Float in
        let table = middle[middle[1].upper == middle[0].upper ? 0 : index].low
        var before = 0
        for (bits, number) in table.enumerated() {
          before += number
          if middle[index].rank < before {
            return Float(bitPattern: middle[index].upper << UInt32(Self.lowBits) | UInt32(bits))
          }
        }
        return .nan
      }
      return Median.middle(numbers[0], numbers[1], convention == .lowerMiddle)
    }

    /// Adds to `table` the counts of `bin` of each value's magnitude, on all threads.
    private func tally(
      _ values: UnsafeBufferPointer<Float>, _ table: inout [Int], _ bin: (UInt32) -> UInt32
    ) {
      let size = table.count
      let pool = ObjectPool { [UInt32](repeating: 0, count: size) }
      ThreadPool.forRanges(values.count, grain: Self.grain) { range in
        pool.withObject { counts in
          counts.withUnsafeMutableBufferPointer { counts in
            for index in range { counts[Int(bin(values[index].bitPattern & 0x7fff_ffff))] &+= 1 }
          }
        }
      }
      for counts in pool.drain() {
        for index in 0..<size { table[index] += Int(counts[index]) }
      }
    }
  }
}
