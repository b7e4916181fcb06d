import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropTestSupport
import Testing

@Suite("Features")
struct FeatureTests {
  private static let kinds: [FeatureKind] = [
    .categories(1), .categories(28), .sum([5]), .sum([119, 5, 12]),
    .concatenation(count: 6, columns: 74), .linear(columns: 8), .constant,
    .joined(.categories(3), attributes: 2), .joined(.sum([3, 5]), attributes: 1),
  ]

  @Test("come back from a configuration as they were", arguments: kinds)
  func fields(_ kind: FeatureKind) throws {
    #expect(FeatureKind(field: kind.field) == kind)
    let json = try JSONDecoder().decode(
      [JSONValue].self, from: Data("[\(kind.field.description)]".utf8))
    #expect(FeatureKind(field: json[0]) == kind)
  }

  @Test(
    "that mean nothing are refused",
    arguments: [
      "0", "-3", "2.5", "1e7", "true", "\"28\"", "[]", "[0]", "[3, 1.5]", "[3, \"a\"]", "[[3]]",
      "{}", "{\"linear\": 0}", "{\"linear\": 2, \"columns\": 2}", "{\"categories\": 3}",
      "{\"categories\": 3, \"columns\": 0}", "{\"categories\": 3, \"columns\": 2, \"x\": 1}",
      "{\"constant\": 1}", "{\"types\": 3}", "{\"types\": null, \"linear\": 2}",
      "{\"types\": {\"linear\": 2}, \"linear\": 2}", "{\"types\": 0, \"linear\": 2}",
    ])
  func refusals(_ json: String) throws {
    let value = try JSONDecoder().decode([JSONValue].self, from: Data("[\(json)]".utf8))[0]
    #expect(FeatureKind(field: value) == nil)
    let fields: [String: JSONValue] = [
      "hidden_dim": .number(8), "n_heads": .number(2), "L": .number(1), "node_features": value,
    ]
    let error = #expect(throws: InputError.self) {
      try SANConfiguration(ConfigurationFields(fields, source: "test"))
    }
    #expect(error?.field == "node_features" && error?.expected.contains("vocabularies") == true)
  }

  @Test("of a data set ask for a kind")
  func ofDataSets() {
    func kind(_ vocabularies: [Int], _ columns: Int) -> FeatureKind {
      FeatureKind(vocabularies: vocabularies, attributeColumns: columns)
    }
    #expect(kind([], 0) == .constant && kind([], 8) == .linear(columns: 8))
    #expect(kind([28], 0) == .categories(28) && kind([5, 6, 2], 0) == .sum([5, 6, 2]))
    #expect(kind([28], 3) == .joined(.categories(28), attributes: 3))
    #expect(kind([5, 6], 1) == .joined(.sum([5, 6]), attributes: 1))
    // Only the published vocabularies stand side by side, whatever the number of columns.
    #expect(kind(CanonicalVocabulary.atoms, 0) == .concatenation(count: 6, columns: 74))
    #expect(kind(CanonicalVocabulary.bonds, 0) == .concatenation(count: 2, columns: 12))
    let twelve = [Int](repeating: 2, count: 11) + [6]
    #expect(kind(twelve, 0) == .sum(twelve))
  }

  @Test("Distinct rows are those of the table, once each, in the order of appearance")
  func distinctRows() {
    var generator = RandomGenerator(seed: 1)
    for trial in 0..<300 {
      let (rows, columns) = (generator.below(200), 1 + generator.below(5))
      // From few values, so that rows repeat, to the ends of what an integer holds.
      let values = (0..<rows * columns).map { _ -> Int32 in
        trial % 3 == 0
          ? Int32(truncatingIfNeeded: generator.next()) : Int32(generator.below(1 + trial % 7)) - 2
      }
      let table = IntegerFeatures(values: values, columns: columns)
      let distinct = DistinctRows(table)
      #expect(distinct.rows.columns == columns && distinct.index.rowCount == distinct.rows.rows)
      func row(_ features: IntegerFeatures, _ number: Int) -> [Int32] {
        (0..<columns).map { features[number, $0] }
      }
      let all = (0..<rows).map { row(table, $0) }
      var seen: Set<[Int32]> = []
      let expected = all.filter { seen.insert($0).inserted }
      #expect((0..<distinct.rows.rows).map { row(distinct.rows, $0) } == expected)
      #expect(distinct.index.rows.map { expected[Int($0)] } == all)
    }
  }

  @Test("are encoded row by row, by kind")
  func encoders() {
    var generator = RandomGenerator(seed: 2)
    for kind in [FeatureKind.sum([3, 5]), .concatenation(count: 5, columns: 2)] {
      let encoder = FeatureEncoder<Double>(kind, width: 6, listName: "list", using: &generator)
      let types = IntegerFeatures(
        values: (0..<40).map { _ in Int32(generator.below(3)) }, columns: 2)
      let found = encoder(types, nil, count: 20).tensor
      #expect(found.shape == [20, 6])
      let tables = encoder.parameters.map(\.parameter.value.values)
      for row in 0..<20 {
        let (a, b) = (Int(types[row, 0]), Int(types[row, 1]))
        let expected =
          kind == .sum([3, 5])
          ? (0..<6).map { tables[0][6 * a + $0] + tables[1][6 * b + $0] }
          : (0..<6).map { tables[0][$0 < 3 ? 3 * a + $0 : 3 * b + $0 - 3] }
        #expect(Array(found.values[6 * row..<6 * row + 6]) == expected)
      }
      let names = kind == .sum([3, 5]) ? ["list.0.weight", "list.1.weight"] : ["weight"]
      #expect(encoder.state.map(\.name) == names)
    }
    let linear = FeatureEncoder<Double>(
      .linear(columns: 2), width: 4, listName: "list", using: &generator)
    let values = RealFeatures(values: [1, 2, -3, 0.5], columns: 2)
    let (W, b) = (
      linear.parameters[0].parameter.value.values, linear.parameters[1].parameter.value.values
    )
    let expected = [0, 1].flatMap { row in
      (0..<4).map {
        b[$0] + W[2 * $0] * Double(values[row, 0]) + W[2 * $0 + 1] * Double(values[row, 1])
      }
    }
    #expect(
      difference("linear", linear(nil, values, count: 2).tensor.values, expected, tolerance: 1e-14)
        == nil)
    // Types and attributes: the sum of what each alone gives.
    let joined = FeatureEncoder<Double>(
      .joined(.categories(3), attributes: 2), width: 4, listName: "list", using: &generator)
    #expect(joined.state.map(\.name) == ["weight", "attributes.weight", "attributes.bias"])
    let (table, V, c) = (
      joined.parameters[0].parameter.value.values, joined.parameters[1].parameter.value.values,
      joined.parameters[2].parameter.value.values
    )
    let types: [Int32] = [2, 0]
    let sums = [0, 1].flatMap { row in
      (0..<4).map {
        table[4 * Int(types[row]) + $0] + c[$0] + V[2 * $0] * Double(values[row, 0])
          + V[2 * $0 + 1] * Double(values[row, 1])
      }
    }
    let both = joined(IntegerFeatures(values: types), values, count: 2).tensor
    #expect(difference("joined", both.values, sums, tolerance: 1e-14) == nil)
    // Nothing to encode, and nothing known.
    for kind in Self.kinds where kind != .concatenation(count: 6, columns: 74) {
      let encoder = FeatureEncoder<Double>(kind, width: 4, listName: "list", using: &generator)
      #expect(encoder(nil, nil, count: 0).tensor.shape == [0, 4])
    }
  }
}
