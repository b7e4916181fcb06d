extension StudyResults {
  /// For one layer and median: the number of edges of each type whose ratio in a channel is over each of
  /// several thresholds. With the number of heads this is a matrix heads × channels for each type.
  public struct ChannelCounts: Codable, Sendable, Equatable {
    /// Ascending.
    public var thresholds: [Double]
    /// The types with any ratio over the smallest threshold, ascending.
    public var types: [TypeCounts]

    /// Creates the value from its fields.
    public init(thresholds: [Double], types: [TypeCounts]) {
      (self.thresholds, self.types) = (thresholds, types)
    }

    /// The counts of one edge type.
    public struct TypeCounts: Codable, Sendable, Equatable {
      /// As in ``EdgeType/id``; nil for edges without a type.
      public var id: Int?
      /// As in ``EdgeType/name``.
      public var name: String
      /// The number of edges of this type.
      public var edges: Int
      /// For each threshold, the number of edges over it in each channel.
      public var over: [[Int]]

      /// Creates the value from its fields.
      public init(id: Int?, name: String, edges: Int, over: [[Int]]) {
        (self.id, self.name, self.edges, self.over) = (id, name, edges, over)
      }
    }
  }
}
