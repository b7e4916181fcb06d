import OutcropCore

/// Counts, extremes and moments of the activations x themselves. Merging is exact, because sums are not
/// rounded.
public struct ValueMoments: Sendable, Equatable, Codable {
  /// The number of finite values.
  public internal(set) var count = 0
  /// The number of NaN.
  public internal(set) var nanCount = 0
  /// The number of infinite values, including those that overflowed.
  public internal(set) var infiniteCount = 0
  /// The smallest finite value; +∞ without one.
  @LaterCount private var rowsWithInfinity = 0
  @LaterCount private var overflows = 0
  @JSONFloat public internal(set) var least = Float.infinity
  /// The largest finite value; −∞ without one.
  @JSONFloat public internal(set) var greatest = -Float.infinity
  /// Sums over rows of each row's sum, which is computed in double precision in a fixed order.
  var sum = ExactSum()
  var squares = ExactSum()

  init() {}

  /// All counts.
  var counts: [Int] { [count, nanCount, infiniteCount, rowsWithInfinity, overflows] }

  /// The number of rows that contain an infinite value.
  public var infiniteRowCount: Int { rowsWithInfinity }

  /// The number of infinite values that are finite in their source, in a wider type, but too large for
  /// `Float`; see `ActivationSummary.countOverflows`.
  public internal(set) var overflowCount: Int {
    get { overflows }
    set { overflows = newValue }
  }

  /// The smallest finite value; nil without one.
  public var minimum: Float? { count > 0 ? least : nil }
  /// The largest finite value; nil without one.
  public var maximum: Float? { count > 0 ? greatest : nil }
  /// The mean of the finite values, with an error of about 1e-15 of the mean magnitude; nil without a finite
  /// value.
  public var mean: Double? { count > 0 ? sum.value / Double(count) : nil }

  /// The population standard deviation; nil without a finite value. If the mean is many times larger, the
  /// error is about 1e-8 of the mean.
  public var standardDeviation: Double? {
    guard let mean else { return nil }
    return max(0, squares.value / Double(count) - mean * mean).squareRoot()
  }

  mutating func include(_ least: Float, _ greatest: Float) {
    // −0 becomes 0, so that the result does not depend on the order of addition.
    self.least = min(self.least, least + 0)
    self.greatest = max(self.greatest, greatest + 0)
  }

  /// Adds one row that contains NaN or infinite values.
  mutating func add(nonFiniteRow row: UnsafeBufferPointer<Float>) {
    var rowSum = 0.0
    var rowSquares = 0.0
    let before = infiniteCount
    for value in row {
      if value.isNaN {
        nanCount += 1
      } else if !value.isFinite {
        infiniteCount += 1
      } else {
        count += 1
        include(value, value)
        rowSum += Double(value)
        rowSquares += Double(value) * Double(value)
      }
    }
    if infiniteCount > before { rowsWithInfinity += 1 }
    sum.add(rowSum)
    squares.add(rowSquares)
  }

  mutating func merge(_ other: Self) {
    count += other.count
    nanCount += other.nanCount
    infiniteCount += other.infiniteCount
    rowsWithInfinity += other.rowsWithInfinity
    overflows += other.overflows
    include(other.least, other.greatest)
    sum.add(other.sum)
    squares.add(other.squares)
  }
}
