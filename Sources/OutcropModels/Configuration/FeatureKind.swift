import OutcropCore
import OutcropGraph

/// The kind of the features of nodes or edges, which determines how they become vectors of the model's width.
public enum FeatureKind: Sendable, Equatable {
  /// One category of `count`: a table of vectors.
  case categories(Int)
  /// One category in each column, with a vocabulary for each column: the sum of one vector per column (the
  /// encoders of the Open Graph Benchmark).
  case sum([Int])
  /// One category of `count` in each of `columns` columns, all from one narrow table: the vectors are
  /// concatenated. `columns` divides the width.
  case concatenation(count: Int, columns: Int)
  /// Real numbers: a linear map.
  case linear(columns: Int)
  /// Categories of one of the kinds above, and also real numbers: the sum of the categories' vector and a
  /// linear map of the numbers.
  indirect case joined(FeatureKind, attributes: Int)
  /// There are no features: each node or edge has the number 1, mapped linearly.
  case constant

  /// The kind that uses all categories and real attributes of a data set.
  ///
  /// Vectors of categories with DGL-LifeSci's vocabularies (`CanonicalVocabulary`) are concatenated, as in
  /// the published models; others are summed.
  public init(vocabularies: [Int], attributeColumns: Int) {
    let types: FeatureKind =
      switch vocabularies {
      case []: .constant
      case CanonicalVocabulary.atoms, CanonicalVocabulary.bonds:
        .concatenation(count: vocabularies[0], columns: vocabularies.count)
      default: vocabularies.count == 1 ? .categories(vocabularies[0]) : .sum(vocabularies)
      }
    if attributeColumns == 0 {
      self = types
    } else if vocabularies.isEmpty {
      self = .linear(columns: attributeColumns)
    } else {
      self = .joined(types, attributes: attributeColumns)
    }
  }

  /// The kind that uses all features of a data set's nodes.
  public init(nodesOf dataset: some ExampleDataset) {
    self.init(
      vocabularies: dataset.nodeVocabularies, attributeColumns: dataset.nodeAttributeColumns)
  }

  /// The kind that uses all features of a data set's edges.
  public init(edgesOf dataset: some ExampleDataset) {
    self.init(
      vocabularies: dataset.edgeVocabularies, attributeColumns: dataset.edgeAttributeColumns)
  }

  /// The number of columns of categories whose vectors are concatenated; it must divide the width.
  var columnsSideBySide: Int? {
    switch self {
    case .concatenation(_, let columns): columns
    case .joined(let types, _): types.columnsSideBySide
    default: nil
    }
  }

  /// The reason why the features are not of this kind, or nil. `name` is `node` or `edge`.
  func problem(
    _ name: String, _ types: IntegerFeatures?, _ attributes: RealFeatures?
  ) -> String? {
    func outside(_ column: Int, _ vocabulary: Int) -> String? {
      let values = types!.values
      for row in stride(from: column, to: values.count, by: types!.columns)
      where values[row] < 0 || Int(values[row]) >= vocabulary {
        let place = types!.columns == 1 ? "" : " in column \(column)"
        return "\(name) type \(values[row])\(place) (the model knows 0 ... \(vocabulary - 1))"
      }
      return nil
    }
    func columns(_ expected: Int) -> String? {
      guard let types else { return "no \(name) types" }
      if types.columns == expected { return nil }
      return "\(types.columns) types of each \(name) (the model takes "
        + (expected == 1 ? "one)" : "\(expected))")
    }
    switch self {
    case .categories(let count): return columns(1) ?? outside(0, count)
    case .sum(let vocabularies):
      return columns(vocabularies.count)
        ?? vocabularies.indices.lazy.compactMap { outside($0, vocabularies[$0]) }.first
    case .concatenation(let count, let width):
      return columns(width) ?? (0..<width).lazy.compactMap { outside($0, count) }.first
    case .linear(let width):
      guard let attributes else { return "no \(name) attributes" }
      return attributes.columns == width
        ? nil : "\(attributes.columns) attributes of each \(name) (the model takes \(width))"
    case .joined(let kind, let width):
      return kind.problem(name, types, attributes)
        ?? FeatureKind.linear(columns: width).problem(name, types, attributes)
    case .constant: return nil
    }
  }
}

extension FeatureKind {
  /// This kind as a field of a configuration: a number of categories, a list of vocabularies, or an
  /// object.
  public var field: JSONValue {
    switch self {
    case .categories(let count): .number(Double(count))
    case .sum(let vocabularies): .array(vocabularies.map { .number(Double($0)) })
    case .concatenation(let count, let columns):
      .object(["categories": .number(Double(count)), "columns": .number(Double(columns))])
    case .linear(let columns): .object(["linear": .number(Double(columns))])
    case .joined(let types, let columns):
      .object(["types": types.field, "linear": .number(Double(columns))])
    case .constant: .null
    }
  }

  /// Reads a value of `field`; nil for any other value.
  public init?(field: JSONValue) {
    func count(_ value: JSONValue?) -> Int? {
      guard case .number(let number)? = value, let whole = Int(exactly: number),
        (1...1_000_000).contains(whole)
      else { return nil }
      return whole
    }
    switch field {
    case .null: self = .constant
    case .number:
      guard let categories = count(field) else { return nil }
      self = .categories(categories)
    case .array(let values):
      let vocabularies = values.compactMap { count($0) }
      guard !values.isEmpty, vocabularies.count == values.count else { return nil }
      self = .sum(vocabularies)
    case .object(let values):
      if values.count == 1, let columns = count(values["linear"]) {
        self = .linear(columns: columns)
      } else if values.count == 2, let columns = count(values["linear"]),
        let types = values["types"].flatMap({ FeatureKind(field: $0) })
      {
        switch types {
        case .categories, .sum, .concatenation: self = .joined(types, attributes: columns)
        case .linear, .joined, .constant: return nil
        }
      } else if values.count == 2, let categories = count(values["categories"]),
        let columns = count(values["columns"])
      {
        self = .concatenation(count: categories, columns: columns)
      } else {
        return nil
      }
    default: return nil
    }
  }
}
