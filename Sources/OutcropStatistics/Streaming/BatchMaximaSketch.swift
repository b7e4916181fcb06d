import Foundation
import OutcropCore

/// The largest ratio of each batch, for any number of batches: stored individually up to a limit, and always
/// as a fine histogram, from which the sorted curve can be drawn.
public struct BatchMaximaSketch: Sendable, Equatable, Codable {
  /// One batch's maximum.
  public struct Entry: Sendable, Equatable, Codable {
    /// The batch's (graph's) number.
    public var batch: Int
    @JSONFloat private var number: Float
    /// As in `BatchMaxima`: nil if no row has a defined ratio, infinite if a median is zero.
    public var maximum: Float? { number.isNaN ? nil : number }

    init(batch: Int, maximum: Float?) {
      self.batch = batch
      number = maximum ?? .nan
    }

    fileprivate func comes(before other: Self) -> Bool {
      batch != other.batch
        ? batch < other.batch : number < other.number || (other.number.isNaN && !number.isNaN)
    }
  }

  /// The largest number of batches that are stored individually.
  public let limit: Int
  /// All batches, in the order of their numbers; nil if there are more than `limit`.
  public private(set) var entries: [Entry]? = []
  /// log₁₀ of the maxima. It counts infinite maxima as positive infinities, and batches without one as NaN.
  public private(set) var logarithms = FineHistogram()

  init(limit: Int) { self.limit = limit }

  /// The number of batches.
  public var batchCount: Int { logarithms.count + logarithms.nonFiniteCount }
  /// The number of batches whose maximum is infinite.
  public var infiniteCount: Int { logarithms.positiveInfinities }
  /// The number of batches without a defined ratio.
  public var undefinedCount: Int { logarithms.nanCount }

  mutating func add(batch: Int, maximum: Float?) {
    logarithms.add(maximum.map { -RatioPass.logarithm(ofRatio: $0) } ?? .nan)
    if batchCount > limit {
      entries = nil
    } else {
      insert(Entry(batch: batch, maximum: maximum))
    }
  }

  private mutating func insert(_ entry: Entry) {
    guard let last = entries?.last, entry.comes(before: last) else {
      entries?.append(entry)
      return
    }
    let position = entries!.firstIndex { entry.comes(before: $0) }!
    entries!.insert(entry, at: position)
  }

  mutating func merge(_ other: Self) {
    logarithms.merge(other.logarithms)
    guard batchCount <= limit, let mine = entries, let others = other.entries else {
      entries = nil
      return
    }
    if others.isEmpty { return }
    if let last = mine.last, others[0].comes(before: last) {
      entries = (mine + others).sorted { $0.comes(before: $1) }
    } else {
      entries!.append(contentsOf: others)
    }
  }

  /// The finite and infinite maxima in descending order, at most `limit` of them: all if they are
  /// stored, otherwise `limit` at equal steps of rank, each within a factor of 10^±2⁻¹⁴ (0.014%).
  public func sortedMaxima(limit: Int = 1000) -> [Float] {
    if let entries {
      let all = entries.compactMap(\.maximum).sorted(by: >)
      if all.count <= limit { return all }
      return (0..<limit).map { all[$0 * (all.count - 1) / max(1, limit - 1)] }
    }
    let total = logarithms.count + infiniteCount
    let points = min(limit, total)
    let ranks = (0..<points).map { $0 * (total - 1) / max(1, points - 1) }
    let finite = ranks.filter { $0 >= infiniteCount }.map { total - 1 - $0 }
    return ranks.filter { $0 < infiniteCount }.map { _ in .infinity }
      + logarithms.values(atRanks: finite.reversed()).reversed().map { Float(pow(10, $0)) }
  }
}
