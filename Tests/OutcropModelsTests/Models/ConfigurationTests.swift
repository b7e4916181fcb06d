import Foundation
import OutcropModels
import Testing

/// The fields of the smallest configuration, with changes.
private func fields(_ changes: [String: JSONValue] = [:]) -> ConfigurationFields {
  let base: [String: JSONValue] = [
    "hidden_dim": .number(16), "n_heads": .number(4), "L": .number(2),
  ]
  return ConfigurationFields(base.merging(changes) { $1 }, source: "test.json")
}

@Suite("Configurations")
struct ConfigurationTests {
  @Test(
    "name the field that is wrong, what was found and what is expected",
    arguments: [
      ("n_heads", JSONValue.number(3), "found 16, expected a multiple of n_heads (3)"),
      ("out_dim", .number(18), "found 18, expected a multiple of n_heads (4)"),
      ("hidden_dim", .number(2), "found 2, expected an integer in 4 ... 16384"),
      ("hidden_dim", .number(16.5), "found 16.5, expected an integer in 4 ... 16384"),
      ("hidden_dim", .number(16388), "found 16388, expected an integer in 4 ... 16384"),
      ("hidden_dim", .string("16"), "found \"16\", expected an integer"),
      ("hidden_dim", .bool(true), "found true, expected an integer"),
      ("hidden_dim", .null, "found null, expected an integer"),
      ("hidden_dim", .number(1e300), "found 1e+300, expected an integer"),
      ("L", .number(0), "found 0, expected an integer in 1 ... 1000"),
      ("L", .array([.number(1)]), "found [1], expected an integer"),
      ("n_heads", .number(-1), "found -1, expected an integer in 1 ... 1024"),
      ("dropout", .number(1), "found 1, expected a number in 0.0 ... 0.999"),
      ("in_feat_dropout", .string("much"), "found \"much\", expected a number"),
      (
        "readout", .string("median"), "found \"median\", expected one of \"mean\", \"sum\", \"max\""
      ),
      ("readout", .number(1), "found 1, expected one of \"mean\""),
      ("residual", .number(1), "found 1, expected true or false"),
      ("layer_norm", .string("true"), "found \"true\", expected true or false"),
      ("full_graph", .bool(true), "found true, expected false for a GraphTransformer"),
      ("self_loop", .bool(true), "found true, expected false"),
      ("hiden_dim", .number(8), "found 8, expected no such field; known ones are"),
    ])
  func wrongFields(_ field: String, _ value: JSONValue, _ expected: String) {
    do {
      _ = try GraphTransformerConfiguration(fields([field: value]))
      Issue.record("\(field) \(value) passed")
    } catch let error as ConfigurationError {
      let blamed = field == "n_heads" && expected.contains("multiple") ? "hidden_dim" : field
      #expect(error.field == blamed && error.source == "test.json")
      #expect(
        error.description.hasPrefix("test.json: field `\(blamed)`: \(expected)"), "\(error)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test("name a field that is missing", arguments: ["hidden_dim", "n_heads", "L"])
  func missing(_ field: String) throws {
    var values: [String: JSONValue] = [
      "hidden_dim": .number(16), "n_heads": .number(4), "L": .number(2),
    ]
    values[field] = nil
    #expect {
      try GraphTransformerConfiguration(ConfigurationFields(values, source: "s"))
    } throws: {
      "\($0)".hasPrefix("s: field `\(field)`: found nothing, expected an integer")
    }
  }

  @Test("of the published ZINC run are read unchanged")
  func published() throws {
    let json = """
      {"L": 10, "n_heads": 8, "hidden_dim": 64, "out_dim": 64, "residual": true, "readout": "mean",
       "in_feat_dropout": 0.0, "dropout": 0.0, "layer_norm": false, "batch_norm": true,
       "self_loop": false, "lap_pos_enc": false, "pos_enc_dim": 8, "wl_pos_enc": false,
       "full_graph": false, "edge_feat": true, "gpu_id": 0, "batch_size": 128}
      """
    let read = try GraphTransformerConfiguration(
      ConfigurationFields(json: Data(json.utf8), source: "published"))
    #expect(read == .zinc)
  }

  @Test("come back from their own fields", arguments: ModelVariant.all)
  func roundTrip(_ variant: ModelVariant) throws {
    let text = JSONValue.object(variant.configuration.fields).description
    let again = try GraphTransformerConfiguration(
      ConfigurationFields(json: Data(text.utf8), source: "round trip"))
    #expect(again == variant.configuration)
    #expect(JSONValue.object(again.fields).description == text)
  }

  @Test("that are no JSON object are refused", arguments: ["", "[]", "3", "{", "null", "{\"L\":}"])
  func noObject(_ text: String) {
    #expect(throws: ConfigurationError.self) {
      try ConfigurationFields(json: Data(text.utf8), source: "s")
    }
  }

  @Test("of training have published names and ranges")
  func training() throws {
    func read(_ json: String) throws -> TrainingConfiguration {
      try TrainingConfiguration(ConfigurationFields(json: Data(json.utf8), source: "params"))
    }
    #expect(try read("{}") == TrainingConfiguration())
    let all = try read(
      """
      {"seed": 7, "epochs": 3, "batch_size": 2, "init_lr": 0.1, "lr_reduce_factor": 0.25,
       "lr_schedule_patience": 4, "min_lr": 1e-5, "weight_decay": 0.5, "print_epoch_interval": 5,
       "max_time": 24}
      """)
    var expected = TrainingConfiguration()
    (expected.seed, expected.epochs, expected.batchSize, expected.learningRate) = (7, 3, 2, 0.1)
    (expected.reduceFactor, expected.patience, expected.minimumLearningRate) = (0.25, 4, 1e-5)
    expected.weightDecay = 0.5
    #expect(all == expected)
    for (json, field) in [
      ("{\"batch_size\": 0}", "batch_size"), ("{\"epochs\": -1}", "epochs"),
      ("{\"init_lr\": \"1\"}", "init_lr"), ("{\"lr\": 1}", "lr"), ("{\"seed\": 0.5}", "seed"),
      ("{\"lr_reduce_factor\": 2}", "lr_reduce_factor"),
      // A number that JSON readers round to another.
      ("{\"seed\": 9007199254740993}", "seed"),
    ] {
      #expect {
        try read(json)
      } throws: {
        ($0 as? ConfigurationError)?.field == field
      }
    }
  }

  @Test("of an unknown model name the known ones")
  func unknownModel() {
    #expect {
      _ = try ModelCatalog.make("GAT", fields(), seed: 0, Float.self)
    } throws: {
      "\($0)".contains("field `model`: found \"GAT\", expected one of GT")
    }
  }

  @Test("JSON values come back as they were")
  func jsonValues() throws {
    let value = JSONValue.object([
      "a": .array([.number(0.1), .number(-3), .number(1e300), .number(1), .null]),
      "b": .bool(true), "c": .string("\"1\" / ü"), "d": .object([:]), "e": .bool(false),
    ])
    let again = try JSONDecoder().decode(JSONValue.self, from: Data(value.description.utf8))
    #expect(again == value)
    #expect(
      JSONValue.object(["x": .number(3), "a": .bool(true)]).description == "{\"a\":true,\"x\":3}")
  }
}
