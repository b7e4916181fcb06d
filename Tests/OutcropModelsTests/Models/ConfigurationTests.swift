import Foundation
import OutcropCore
import OutcropModels
import Testing

private struct Mistake: Sendable {
  let field: String
  let value: JSONValue
  let found: String
  let expected: String
}

private let configurationMistakes: [Mistake] = [
  Mistake(
    field: "hidden_dim", value: .number(18), found: "18", expected: "a multiple of n_heads (4)"),
  Mistake(
    field: "out_dim", value: .number(10), found: "10", expected: "a multiple of n_heads (4)"),
  Mistake(
    field: "readout", value: .string("median"), found: "\"median\"",
    expected: "\"mean\", \"sum\", \"max\""),
  Mistake(field: "hiden_dim", value: .number(16), found: "16", expected: "no field of this name"),
  Mistake(
    field: "n_heads", value: .string("8"), found: "\"8\"", expected: "an integer in 1 ... 1024"),
  Mistake(field: "L", value: .number(2.5), found: "2.5", expected: "an integer in 1 ... 1000"),
  Mistake(field: "L", value: .number(0), found: "0", expected: "an integer in 1 ... 1000"),
  Mistake(field: "dropout", value: .number(1), found: "1", expected: "a number in 0.0 ... 0.999"),
  Mistake(field: "dropout", value: .null, found: "null", expected: "a number in"),
  Mistake(field: "residual", value: .number(1), found: "1", expected: "true or false"),
  Mistake(field: "readout", value: .bool(true), found: "true", expected: "one of"),
  Mistake(
    field: "full_graph", value: .bool(true), found: "true",
    expected: "false for a GraphTransformer"),
  Mistake(field: "L", value: .array([.number(1)]), found: "[1]", expected: "an integer"),
]

@Suite("Model configurations")
struct ConfigurationTests {
  private let small: [String: JSONValue] = [
    "hidden_dim": .number(16), "n_heads": .number(4), "L": .number(2),
  ]

  private func read(_ changes: [String: JSONValue]) throws -> GraphTransformerConfiguration {
    try GraphTransformerConfiguration(
      ConfigurationFields(small.merging(changes) { $1 }, source: "test.json"))
  }

  @Test(
    "A mistake is told by file, field, what was found and what was expected",
    arguments: configurationMistakes.indices)
  func mistake(_ index: Int) {
    let mistake = configurationMistakes[index]
    let error = #expect(throws: InputError.self) {
      try read([mistake.field: mistake.value])
    }
    #expect(error?.field == mistake.field)
    #expect(error?.found == mistake.found)
    #expect(error?.expected.contains(mistake.expected) == true, "\(error?.expected ?? "")")
    #expect(error?.description.hasPrefix("test.json: '\(mistake.field)': found") == true)
  }

  @Test("A missing field is named", arguments: ["hidden_dim", "n_heads", "L"])
  func missing(_ field: String) {
    var fields = small
    fields[field] = nil
    let error = #expect(throws: InputError.self) {
      try GraphTransformerConfiguration(ConfigurationFields(fields, source: "test.json"))
    }
    #expect(error?.field == field && error?.found == "nothing")
  }

  @Test("Something that is no JSON object", arguments: ["", "[1]", "{\"a\":", "3"])
  func noObject(_ text: String) {
    let error = #expect(throws: InputError.self) {
      try ConfigurationFields(json: Data(text.utf8), source: "test.json")
    }
    #expect(error?.file == "test.json")
  }

  @Test("Fields, configuration, fields: the same, through JSON too")
  func roundTrip() throws {
    var configuration = GraphTransformerConfiguration()
    let same = try read(configuration.fields)
    #expect(same == configuration)
    // Every field away from its default.
    configuration.nodeTypeCount = 5
    configuration.edgeTypeCount = 6
    configuration.hiddenWidth = 24
    configuration.outputWidth = 12
    configuration.headCount = 3
    configuration.layerCount = 7
    configuration.inputDropout = 0.25
    configuration.dropout = 0.1
    configuration.readout = .max
    configuration.usesLayerNorm = true
    configuration.usesBatchNorm = false
    configuration.hasResidual = false
    configuration.edgeFeatures = .constant
    configuration.hasAttentionBias = true
    configuration.hasExplicitBias = true
    configuration.hasOutputProjection = false
    configuration.usesLaplacianEncoding = true
    configuration.usesWeisfeilerLehmanEncoding = true
    configuration.encodingWidth = 9
    configuration.roleCount = 11
    configuration.outputCount = 2
    let defaults = GraphTransformerConfiguration().fields
    for (field, value) in configuration.fields { #expect(defaults[field] != value, "\(field)") }
    let json = Data(JSONValue.object(configuration.fields).description.utf8)
    let again = try GraphTransformerConfiguration(
      ConfigurationFields(json: json, source: "test.json"))
    #expect(again == configuration)
    #expect(again.fields == configuration.fields)
  }

  @Test("The catalog makes models by name and refuses others")
  func catalog() throws {
    let fields = ConfigurationFields(small, source: "test.json")
    let model = try ModelCatalog.make("GT", fields, seed: 1, Float.self)
    #expect(model.name == "GT" && model.configurationFields["hidden_dim"] == .number(16))
    let error = #expect(throws: InputError.self) {
      try ModelCatalog.make("GTX", fields, seed: 1, Float.self)
    }
    #expect(
      error?.field == "model" && error?.found == "\"GTX\""
        && error?.expected == "one of GT, SAN, GraphiT, EGAT")
  }
}
