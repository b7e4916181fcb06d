import OutcropCore

/// One of the activations with the largest ratios, and its position.
public struct TopEntry: Sendable, Equatable, Codable {
  /// |value| / median.
  @JSONFloat public var ratio: Float
  /// The activation itself, with its sign.
  @JSONFloat public var value: Float
  /// The batch's (graph's) number.
  public var batch: Int
  /// The row's number within its batch.
  public var row: Int
  /// The feature within the row.
  public var channel: Int
  /// The source node of the edge, if the row is an edge and its nodes are known.
  public var source: Int32?
  /// The destination node of the edge, if known.
  public var destination: Int32?
  /// The type of the edge, if known.
  public var edgeType: Int32?

  /// Larger ratios come first; among equal ratios (such as infinite ones) larger magnitudes, then earlier
  /// positions. The other fields order entries at the same position, which occur only if data were
  /// counted twice.
  func comes(before other: Self) -> Bool {
    if ratio != other.ratio { return ratio > other.ratio }
    if abs(value) != abs(other.value) { return abs(value) > abs(other.value) }
    if batch != other.batch { return batch < other.batch }
    if row != other.row { return row < other.row }
    if channel != other.channel { return channel < other.channel }
    if value.sign != other.value.sign { return value.sign == .plus }
    if source != other.source { return source ?? -1 < other.source ?? -1 }
    if destination != other.destination {
      return destination ?? -1 < other.destination ?? -1
    }
    return edgeType ?? -1 < other.edgeType ?? -1
  }
}

/// The first `limit` entries in the order of `TopEntry`.
struct TopEntries: Sendable, Equatable, Codable {
  let limit: Int
  private(set) var entries: [TopEntry] = []

  init(limit: Int) { self.limit = limit }

  /// Entries with a smaller ratio than this are not stored.
  var floor: Float {
    entries.count < limit ? (limit == 0 ? .infinity : -1) : entries[limit - 1].ratio
  }

  mutating func add(_ entry: TopEntry) {
    if entries.count >= limit {
      guard let last = entries.last, entry.comes(before: last) else { return }
      entries.removeLast()
    }
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entry.comes(before: entries[middle]) { high = middle } else { low = middle + 1 }
    }
    entries.insert(entry, at: low)
  }

  mutating func merge(_ other: Self) { for entry in other.entries { add(entry) } }
}
