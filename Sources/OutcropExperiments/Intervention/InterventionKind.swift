/// What a massive entry of a layer's scores becomes before the layer uses it.
public enum InterventionKind: String, Sendable, Codable, CaseIterable {
  /// 0.
  case zero
  /// The median magnitude that makes the entry massive, with the entry's sign: its row's or its batch's.
  case median
  /// The mean of the entry's channel over all examples, computed by the unchanged model; infinite and NaN
  /// entries are left out of it.
  case mean
  /// At most 100 times that median magnitude, with the entry's sign. A smaller entry stays.
  case clip

  /// The largest ratio that `clip` leaves.
  public static let clipRatio: Float = 100

  /// What `value` becomes.
  ///
  /// - Parameters:
  ///   - value: an entry.
  ///   - median: the median magnitude of the entry's row or batch.
  ///   - mean: the mean of the entry's channel.
  public func replacement(of value: Float, median: Float, mean: Float) -> Float {
    switch self {
    case .zero: 0
    case .median: Self.signed(median, value)
    case .mean: mean
    case .clip:
      value.magnitude > Self.clipRatio * median
        ? Self.signed(Self.clipRatio * median, value) : value
    }
  }

  private static func signed(_ magnitude: Float, _ value: Float) -> Float {
    value < 0 ? -magnitude : value > 0 ? magnitude : 0
  }
}
