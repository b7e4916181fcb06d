/// Which value counts as the median of an even number of values.
public enum MedianConvention: String, Sendable, Codable, CaseIterable {
  /// The mean of the middle two, in `Float` (the convention of the distribution figures).
  case meanOfMiddle
  /// The lower of the middle two (the convention of the published curves of batch maxima).
  case lowerMiddle
}

/// The median that an activation's magnitude is divided by.
public enum MedianKind: String, Sendable, Codable, CaseIterable {
  /// The median of the activation's own row (one edge or node); called edge median in the paper.
  case row
  /// The median of all magnitudes of the batch; called graph median in the paper.
  case batch

  /// `row median` or `batch median`.
  public var name: String { "\(rawValue) median" }
}
