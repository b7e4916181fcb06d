import Foundation
import OutcropCore
import OutcropDatasets
import OutcropExperiments
import OutcropModels
import Testing

struct ExperimentConfigurationTests {
  private let dataset = SampleDataset.make(sizes: (train: 4, validation: 1, test: 1))

  private func file(_ text: String) throws -> String {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  @Test func publishedFileLoads() throws {
    let path = try file(
      """
      {"gpu": {"use": true, "id": 0}, "model": "GraphTransformer", "dataset": "ZINC",
       "out_dir": "out/", "params": {"seed": 41, "epochs": 1000, "batch_size": 128, "init_lr": 0.0007,
       "lr_reduce_factor": 0.5, "lr_schedule_patience": 15, "min_lr": 1e-6, "weight_decay": 0.0,
       "print_epoch_interval": 5, "max_time": 24},
       "net_params": {"L": 10, "n_heads": 8, "hidden_dim": 64, "out_dim": 64, "residual": true,
       "readout": "mean", "in_feat_dropout": 0.0, "dropout": 0.0, "edge_feat": true,
       "layer_norm": false, "batch_norm": true, "self_loop": false, "lap_pos_enc": false,
       "pos_enc_dim": 8, "wl_pos_enc": false, "full_graph": false}}
      """)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let configuration = try ExperimentConfiguration(contentsOf: path)
    #expect(try configuration.model(for: dataset) as? GraphTransformerConfiguration == .zinc)
    #expect(try configuration.training() == TrainingConfiguration())
  }

  @Test func assignmentsReachTheirPart() throws {
    var configuration = ExperimentConfiguration.standard
    try configuration.set(assignment: "dropout=0.25")
    try configuration.set(assignment: "readout=sum")
    try configuration.set(assignment: "epochs=7")
    let model = try configuration.model(for: dataset)
    #expect(model.dropout == 0.25 && model.readout == .sum)
    #expect(try configuration.training().epochs == 7)
  }

  @Test(arguments: [
    ("hidden_dim=60", "hidden_dim"), ("readout=median", "readout"), ("L=0", "'L'"),
    ("hiden_dim=64", "hiden_dim"), ("full_graph=true", "full_graph"), ("dropout=1.5", "dropout"),
    ("batch_size=0", "batch_size"), ("num_atom_type=3", "num_atom_type"), ("nonsense", "nonsense"),
  ])
  func impossibleFieldIsNamed(_ assignment: String, _ field: String) throws {
    let error = #expect(throws: InputError.self) {
      var configuration = ExperimentConfiguration.standard
      try configuration.set(assignment: assignment)
      _ = try configuration.training()
      _ = try configuration.model(for: dataset)
    }
    #expect(error?.description.contains(field) == true)
  }

  @Test(arguments: ["", "[1, 2]", "{\"net_params\": 3}", "{\"params\": {}}"])
  func fileWithoutModelIsRefused(_ text: String) throws {
    let path = try file(text)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = #expect(throws: InputError.self) {
      try ExperimentConfiguration(contentsOf: path)
    }
    #expect(error?.description.contains(path) == true)
  }
}
