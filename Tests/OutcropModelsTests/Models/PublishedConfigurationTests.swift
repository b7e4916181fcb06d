import Foundation
import OutcropCore
import OutcropModels
import Testing

@Suite("Published configurations")
struct PublishedConfigurationTests {
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
        ($0 as? InputError)?.field == field
      }
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
