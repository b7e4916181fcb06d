import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// Encoded features: one vector per row, or one for each distinct row and an index.
///
/// Rows that repeat (bonds of three types) are encoded and projected once.
public enum EncodedFeatures<Scalar: TensorScalar>: Sendable {
  /// [rows, D]
  case rows(Tensor<Scalar>)
  /// [distinct, D], and for each row the number of its vector.
  case table(Tensor<Scalar>, RowIndex)

  /// [rows, D]
  public var tensor: Tensor<Scalar> {
    switch self {
    case .rows(let values): values
    case .table(let table, let index): table.gathered(rows: index)
    }
  }

  /// The same rows after `map`, which treats every row alike.
  func mapped(_ map: (Tensor<Scalar>) -> Tensor<Scalar>) -> Tensor<Scalar> {
    switch self {
    case .rows(let values): map(values)
    case .table(let table, let index): map(table).gathered(rows: index)
    }
  }
}

/// Maps features of nodes or edges to vectors of the model's width, depending on their `FeatureKind`.
public final class FeatureEncoder<Scalar: TensorScalar>: Module {
  /// The kind of the features.
  public let kind: FeatureKind
  private let tables: [EmbeddingLayer<Scalar>]
  private let linear: LinearLayer<Scalar>?
  /// The encoder of the categories, if there are also attributes.
  private let types: FeatureEncoder?
  private let listName: String

  /// - Parameters:
  ///   - kind: the kind of the features.
  ///   - width: the width of the vectors.
  ///   - listName: the published name of the tables of a `.sum`, such as `atom_embedding_list`.
  ///   - generator: draws the initial values.
  public init(
    _ kind: FeatureKind, width: Int, listName: String, using generator: inout RandomGenerator
  ) {
    self.kind = kind
    self.listName = listName
    if case .joined(let kind, _) = kind {
      types = FeatureEncoder(kind, width: width, listName: listName, using: &generator)
    } else {
      types = nil
    }
    switch kind {
    case .categories(let count):
      tables = [EmbeddingLayer(count: count, width: width, using: &generator)]
      linear = nil
    case .sum(let vocabularies):
      var list: [EmbeddingLayer<Scalar>] = []
      for count in vocabularies {
        list.append(EmbeddingLayer(count: count, width: width, using: &generator))
      }
      tables = list
      linear = nil
    case .concatenation(let count, let columns):
      require(
        width % columns == 0, "FeatureEncoder: \(columns) columns do not divide a width of \(width)"
      )
      tables = [EmbeddingLayer(count: count, width: width / columns, using: &generator)]
      linear = nil
    case .linear(let columns), .joined(_, let columns):
      tables = []
      linear = LinearLayer(in: columns, out: width, using: &generator)
    case .constant:
      tables = []
      linear = LinearLayer(in: 1, out: width, using: &generator)
    }
  }

  /// The vectors of `count` nodes or edges. Traps if the features are not of the encoder's kind.
  public func callAsFunction(
    _ types: IntegerFeatures?, _ attributes: RealFeatures?, count: Int
  ) -> EncodedFeatures<Scalar> {
    switch kind {
    case .categories:
      require(
        types?.columns == 1 || count == 0, "FeatureEncoder: a batch without one type a row")
      return .table(
        tables[0].weight.value, RowIndex(types?.values ?? [], rowCount: tables[0].weight.shape[0]))
    case .sum, .concatenation:
      let width = if case .concatenation(_, let columns) = kind { columns } else { tables.count }
      require(
        types?.columns == width || count == 0,
        "FeatureEncoder: \(types?.columns ?? 0) types a row; expected \(width)")
      let distinct = DistinctRows(types ?? IntegerFeatures(values: [], columns: width))
      return .table(encode(distinct.rows), distinct.index)
    case .linear(let columns), .joined(_, let columns):
      require(
        attributes?.columns == columns || count == 0,
        "FeatureEncoder: \(attributes?.columns ?? 0) attributes a row; expected \(columns)")
      // Without the conversion, element by element, of numbers that are of the right type already.
      let numbers = attributes?.values ?? []
      let values =
        Scalar.self == Float.self
        ? unsafeBitCast(numbers, to: [Scalar].self) : numbers.map { Scalar($0) }
      let mapped = linear!(Tensor(values, shape: [count, columns]))
      guard let encoder = self.types else { return .rows(mapped) }
      return .rows(encoder(types, nil, count: count).tensor + mapped)
    case .constant:
      let index = RowIndex([Int32](repeating: 0, count: count), rowCount: 1)
      return .table(linear!(.ones([1, 1])), index)
    }
  }

  private func encode(_ rows: IntegerFeatures) -> Tensor<Scalar> {
    if case .concatenation(_, let columns) = kind {
      let parts = tables[0](rows.values)
      return parts.reshaped([rows.rows, columns * parts.shape[1]])
    }
    let columns = tables.indices.map { column in
      tables[column](
        stride(from: column, to: rows.values.count, by: rows.columns).map { rows.values[$0] })
    }
    return columns.dropFirst().reduce(columns[0], +)
  }

  public var state: [StateEntry<Scalar>] {
    if let types, let linear { return types.state + linear.state(in: "attributes") }
    if let linear { return linear.state }
    if case .sum = kind {
      return tables.enumerated().flatMap { $1.state(in: "\(listName).\($0)") }
    }
    return tables[0].state
  }
}

/// The distinct rows of a table of integers, in the order of their first appearance.
package struct DistinctRows {
  package let rows: IntegerFeatures
  /// For each row, the number of its distinct row.
  package let index: RowIndex

  package init(_ features: IntegerFeatures) {
    let (columns, count) = (features.columns, features.rows)
    var capacity = 64
    while capacity < 2 * count { capacity *= 2 }
    // Open addressing; the table never fills, since it has twice as many places as there are rows.
    var places = [Int32](repeating: -1, count: capacity)
    var firsts: [Int32] = []
    var numbers = [Int32](repeating: 0, count: count)
    features.values.withUnsafeBufferPointer { values in
      for row in 0..<count {
        let start = row * columns
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for value in values[start..<start + columns] {
          hash = (hash ^ UInt64(UInt32(bitPattern: value))) &* 0x9E37_79B9_7F4A_7C15
          hash ^= hash >> 29
        }
        var place = Int(hash % UInt64(capacity))
        while true {
          let number = places[place]
          if number < 0 {
            places[place] = Int32(firsts.count)
            numbers[row] = Int32(firsts.count)
            firsts.append(Int32(row))
            break
          }
          let other = Int(firsts[Int(number)]) * columns
          if (0..<columns).allSatisfy({ values[start + $0] == values[other + $0] }) {
            numbers[row] = number
            break
          }
          place = (place + 1) % capacity
        }
      }
    }
    rows = features.rows(firsts)
    index = RowIndex(numbers, rowCount: firsts.count)
  }
}
