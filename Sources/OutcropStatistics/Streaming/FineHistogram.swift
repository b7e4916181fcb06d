/// Counts of single-precision numbers on a fixed grid, with exact extremes and moments: they describe
/// millions of values of y = −log₁₀(ratio + ε) without storing them.
///
/// A value y is rounded to q = y · 2²⁴ (to the nearest integer, ties to even) and counted in bin
/// ⌊q / 2¹¹⌋, of width 2⁻¹³. Everything is integers: merging is exact, and its order changes no
/// bits. Memory grows with the range of the values (4 KiB for every 1/16 of a unit), never with
/// their number.
///
/// Values of magnitude 64 or more count as infinite; −log₁₀ of a `Float` is never that large.
public struct FineHistogram: Sendable, Equatable {
  /// The width of a bin, 2⁻¹³.
  public static let binWidth = 0x1p-13
  static let pageBits = 9
  static let pageSize = 1 << pageBits
  static let pageCount = 1 << (20 - pageBits)
  /// Bin 0 starts at −64.
  static let zeroBin = 1 << 19

  /// The number of finite values.
  public internal(set) var count = 0
  /// The number of values that are infinite or at least 64.
  public internal(set) var positiveInfinities = 0
  /// The number of values that are −∞ or at most −64.
  public internal(set) var negativeInfinities = 0
  /// The number of NaN.
  public internal(set) var nanCount = 0
  /// The extremes of the finite values; +∞ and −∞ when there are none.
  var least = Float.infinity
  var greatest = -Float.infinity
  /// Sums of q and q².
  var sum = ExactInteger()
  var squares = ExactInteger()
  /// Counts by page; a page without values is empty, and so is the list when all pages are.
  var pages: [[Int]] = []

  /// A histogram without values.
  public init() {}

  /// The histogram of `values`.
  public init(_ values: some Sequence<Float>) {
    for value in values { add(value) }
  }

  /// All counts except those of the bins, whose sum is `count`.
  var counts: [Int] { [count, positiveInfinities, negativeInfinities, nanCount] }
  /// The number of NaN and infinite values.
  public var nonFiniteCount: Int { positiveInfinities + negativeInfinities + nanCount }
  /// The smallest finite value, exact (−0 counts as 0); nil without one.
  public var minimum: Float? { count > 0 ? least : nil }
  /// The largest finite value, exact; nil without one.
  public var maximum: Float? { count > 0 ? greatest : nil }

  /// q of a value of magnitude below 64.
  @inline(__always)
  static func fixed(_ value: Float) -> Int32 {
    Int32((Double(value) * 0x1p24).rounded(.toNearestOrEven))
  }

  @inline(__always)
  static func bin(_ fixed: Int32) -> Int { Int(fixed >> 11) + zeroBin }

  /// The lower edge of a bin: the smallest real number that is rounded into the bin.
  @inline(__always)
  static func edge(_ bin: Int) -> Double { Double(bin - zeroBin) * binWidth - 0x1p-25 }

  /// Counts one value.
  public mutating func add(_ value: Float) {
    if value.isNaN {
      nanCount += 1
    } else if value >= 64 {
      positiveInfinities += 1
    } else if value <= -64 {
      negativeInfinities += 1
    } else {
      let q = Self.fixed(value)
      add(1, toBin: Self.bin(q))
      count += 1
      // −0 becomes 0, so that the result does not depend on the order of addition.
      least = min(least, value + 0)
      greatest = max(greatest, value + 0)
      sum.value += Int128(q)
      squares.value += Int128(Int64(q) * Int64(q))
    }
  }

  mutating func add(_ number: Int, toBin bin: Int) {
    if pages.isEmpty { pages = Array(repeating: [], count: Self.pageCount) }
    let page = bin >> Self.pageBits
    if pages[page].isEmpty { pages[page] = Array(repeating: 0, count: Self.pageSize) }
    pages[page][bin & (Self.pageSize - 1)] += number
  }

  /// Adds the counts of `other`. Addition is exact: any order and grouping gives the same bits.
  public mutating func merge(_ other: FineHistogram) {
    count += other.count
    positiveInfinities += other.positiveInfinities
    negativeInfinities += other.negativeInfinities
    nanCount += other.nanCount
    least = min(least, other.least)
    greatest = max(greatest, other.greatest)
    sum += other.sum
    squares += other.squares
    if pages.isEmpty {
      pages = other.pages
    } else if !other.pages.isEmpty {
      for page in pages.indices where !other.pages[page].isEmpty {
        if pages[page].isEmpty {
          pages[page] = other.pages[page]
        } else {
          for index in 0..<Self.pageSize { pages[page][index] += other.pages[page][index] }
        }
      }
    }
  }

  /// Calls `body` with each non-empty bin and its count, in ascending order.
  func forEachBin(_ body: (_ bin: Int, _ count: Int) -> Void) {
    for (number, page) in pages.enumerated() {
      for (index, count) in page.enumerated() where count > 0 {
        body((number << Self.pageBits) + index, count)
      }
    }
  }
}
