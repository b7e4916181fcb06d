import Foundation
import OutcropCore
import OutcropExperiments
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport
import OutcropStatistics

/// The readers of what experiments read and write: configurations, checkpoints, results, grids.
extension FuzzReader {
  static let configuration = FuzzReader(
    name: "configuration",
    seeds: [
      """
      "model": "GraphTransformer", "net_params": {"L": 1, "n_heads": 2, "hidden_dim": 8, "out_dim": 8,
      "residual": true, "readout": "mean", "dropout": 0.0, "layer_norm": false, "batch_norm": true,
      "edge_feat": true, "explicit_bias": true, "lap_pos_enc": true, "pos_enc_dim": 2,
      "explicit_bias_strength": "schedule", "explicit_bias_start": 1, "full_graph": false, "gat": false}
      """,
      """
      "model": "SAN", "net_params": {"gamma": 1e-05, "full_graph": true, "GT_layers": 2,
      "GT_hidden_dim": 8, "GT_out_dim": 4, "GT_n_heads": 2, "readout": "sum", "wl_pos_enc": true,
      "use_bias": false, "num_atom_type": 28, "n_classes": 1}
      """,
      """
      "net_params": {"gamma": 0.25, "init_gamma": 0.1, "L": 1, "hidden_dim": 4, "n_heads": 1,
      "pe_init": "no_pe", "alpha_loss": 0.0001, "pos_enc_dim": 3, "node_features": [3]},
      "model": "GraphiT"
      """,
      """
      "net_params": {"L": 1, "hidden_dim": 8, "out_dim": 8, "n_heads": 2, "gat": true,
      "edge_features": {"linear": 1}}
      """,
    ].map { fields in text(["in.json": configurationText(fields)], .json) },
    places: ["graphs", "training configuration", "/"], read: readConfiguration)

  private static func configurationText(_ fields: String) -> String {
    """
    {\(fields), "params": {"seed": 41, "epochs": 3, "batch_size": 2, "init_lr": 0.0007,
    "lr_reduce_factor": 0.5, "lr_schedule_patience": 15, "min_lr": 1e-06, "weight_decay": 0.0}}
    """
  }

  static let setting = FuzzReader(
    name: "set",
    seeds: [
      text(["in.txt": "L=2\nhidden_dim=8\nout_dim=8\nn_heads=2\nreadout=sum\ndropout=0.1\n"]),
      text(["in.txt": "L=1\nhidden_dim=4\nn_heads=1\nnode_features=[3]\nfan_outs=[1,2]\n"]),
      text(["in.txt": "edge_features={\"linear\":1}\nL=1\nhidden_dim=4\nn_heads=2\nepochs=3\n"]),
      text(["in.txt": "explicit_bias=true\nL=1\nhidden_dim=8\nexplicit_bias_strength=learned\n"]),
    ], places: ["--set", "the standard configuration", "graphs", "training configuration"],
    read: readSettings)

  static let checkpoint = FuzzReader(
    name: "checkpoint", seeds: [one("in.safetensors", checkpointSeed(), .safetensors)],
    places: ["graphs", "evaluation"], change: changeMetadata, read: readCheckpoint)

  private static func checkpointSeed() -> [UInt8] {
    made("checkpoint.safetensors") { file in
      let trainer = smallTrainer(epochs: 1)
      try trainer.run(train: smallData.train, validation: smallData.validation)
      try trainer.saveCheckpoint(to: file)
    }
  }

  static let training = FuzzReader(
    name: "training", seeds: [one("in.safetensors", trainingSeed(), .safetensors)],
    change: changeMetadata, read: readTraining)

  private static func trainingSeed() -> [UInt8] {
    made("training.safetensors") { file in
      try SmallTraining().checkpoint.save(to: file, generator: RandomGenerator(seed: 1))
    }
  }

  static let results = FuzzReader(
    name: "results", seeds: [one("in.json", resultsSeed(), .json)], read: readResults)

  /// A study of a very small model, with every part that results can have.
  private static func resultsSeed() -> [UInt8] {
    made("results.json") { file in
      var study = Study(model: smallModel, training: TrainingConfiguration(epochs: 1))
      study.arms = [.base, .ebt]
      study.detection.replicates = 9
      var attribution = AttributionOptions()
      (attribution.drawingCount, attribution.resamples) = (1, 10)
      attribution.fidelity.drawCount = 1
      study.attribution = attribution
      var results = try study.run(on: smallData)
      // Short lists: a change is to hit every part of the file.
      for run in results.runs.indices {
        for layer in results.runs[run].layers.indices {
          for median in MedianKind.allCases {
            results.runs[run].layers[layer].edge?[median]?.shorten()
            results.runs[run].layers[layer].node?[median]?.shorten()
          }
        }
      }
      for index in results.attributions.indices {
        results.attributions[index].correlations.removeAll { $0.layer != 0 }
        let fidelities = results.attributions[index].fidelities
        results.attributions[index].fidelities = Array(fidelities.prefix(4))
      }
      results.attacks = [
        StudyResults.Attack(
          label: "with EBT", seed: 41, deviation: 0.1, cleanLoss: 1, randomLosses: [1.5],
          optimizedLosses: [2, 2.5], steps: 3, examples: 2)
      ]
      try AtomicFile.write(results.json(), to: file)
    }
  }

  static let sweep = FuzzReader(
    name: "sweep",
    seeds: [
      text(
        [
          "grid.json": "{\"grid\": {\"L\": [1, 2], \"explicit_bias\": [false, true], "
            + "\"hidden_dim\": [8], \"out_dim\": [8], \"seed\": [41, 42], \"epochs\": [1]}, "
            + "\"thresholds\": [1000, 100], \"config\": \"other.json\"}",
          "other.json": configurationText(
            "\"net_params\": {\"L\": 1, \"n_heads\": 2, \"hidden_dim\": 4, \"dropout\": 0.5}"),
          "sweep.jsonl": sweepLines(),
        ], .json)
    ], places: ["the standard configuration", "graphs", "training configuration", "/"],
    read: readSweep)

  private static func sweepLines() -> String {
    let run = StudyResults.Run(kind: .trained, label: "L=1", seed: 41, layers: [.init(index: 0)])
    let text = (try? JSON.encode(run)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let line = "{\"key\": \"{\\\"L\\\":1}\", \"context\": {\"data\": \"1\"}, \"run\": \(text)}\n"
    return line + line
  }

  /// The bytes of a file that `body` writes.
  private static func made(_ name: String, _ body: (String) throws -> Void) -> [UInt8] {
    let folder = NSTemporaryDirectory() + "/outcrop-fuzz-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      try SystemFiles.createFolder(folder)
      try body("\(folder)/\(name)")
      return Array(try SystemFiles.read("\(folder)/\(name)"))
    } catch {
      fatalError("no \(name) to change: \(error)")
    }
  }
}

extension StudyResults.RatioStatistics {
  fileprivate mutating func shorten() {
    if histogram != nil {
      histogram = StudyResults.Histogram(lower: -2, upper: 4, counts: [3, 0, 5], below: 1)
    }
    (sweep, top) = (Array(sweep.prefix(2)), Array(top.prefix(2)))
    (batchMaxima, byEdgeType) = (Array(batchMaxima.prefix(3)), Array(byEdgeType.prefix(2)))
  }
}

// MARK: - Small data and models

private let smallData: GraphDataset = {
  func graph(_ shift: Int32) -> Graph {
    Graph(
      nodeCount: 4, sources: [0, 1, 1, 2, 2, 3], destinations: [1, 0, 2, 1, 3, 2],
      nodeTypes: IntegerFeatures(values: [shift % 3, 1, 2, 0]),
      edgeTypes: IntegerFeatures(values: [0, 0, 1, 1, shift % 2, shift % 2]),
      edgeAttributes: RealFeatures(values: [0.5, 0.5, 1, 1, 2, 2]), targets: [Float(shift) / 2])
  }
  return GraphDataset(
    name: "graphs", train: [graph(0), graph(1), graph(2)], validation: [graph(3)],
    test: [graph(4), graph(5)], nodeVocabularies: [3], edgeVocabularies: [2], task: .regression)
}()

private let smallModel = GraphTransformerConfiguration(
  for: smallData, layerCount: 1, width: 4, headCount: 1)

private func smallTrainer(
  epochs: Int
) -> Trainer<GraphNetwork<Float, GraphTransformerConfiguration>> {
  let configuration = TrainingConfiguration(epochs: epochs, batchSize: 2)
  let trainer = Trainer(
    GraphNetwork<Float, GraphTransformerConfiguration>(smallModel, seed: 1),
    configuration: configuration, task: smallData.task)
  trainer.dataChecksum = smallData.checksum
  return trainer
}

/// A layer with everything that a checkpoint of the training kit can hold.
private struct SmallTraining {
  let checkpoint: TrainingCheckpoint<Float>

  init() {
    var generator = RandomGenerator(seed: 1)
    let layer = Linear<Float>(in: 3, out: 2, using: &generator)
    let optimizer = Adam(layer, learningRate: 1e-3)
    checkpoint = TrainingCheckpoint(
      layer, optimizer, Scheduler(optimizer, PlateauSchedule(patience: 3, factor: 0.5)),
      average: ParameterAverage(layer, decay: 0.9))
  }
}

// MARK: - Reading

/// Runs a model that is small on the graphs.
private func use<Architecture: ModelArchitecture>(_ model: Architecture) throws -> String {
  try model.checkFeatures(smallData)
  guard model.shared.hiddenWidth <= 64, model.shared.outputWidth <= 64, model.shared.layerCount <= 4
  else { return "" }
  let data = try smallData.prepared(for: model)
  return try use(GraphNetwork<Float, Architecture>(model, seed: 1), on: data)
}

private func use(_ model: some GraphModel<Float>, on data: GraphDataset) throws -> String {
  let result = try Evaluation(of: model, on: data.test, task: data.task, batchSize: 1)
  return "\(result.loss)"
}

@Sendable private func readConfiguration(_ folder: String) throws -> String {
  let configuration = try ExperimentConfiguration(contentsOf: "\(folder)/in.json")
  return try read(configuration)
}

private func read(_ configuration: ExperimentConfiguration) throws -> String {
  let training = try configuration.training()
  try training.check()
  let model = try configuration.model(for: smallData)
  return "\(training) \(JSONValue.object(model.fields)) \(try use(model))"
}

@Sendable private func readSettings(_ folder: String) throws -> String {
  let text = String(decoding: try SystemFiles.read("\(folder)/in.txt"), as: UTF8.self)
  var configuration = ExperimentConfiguration.standard
  var names = ""
  for line in text.split(separator: "\n").map(String.init) {
    let (field, value) = try ExperimentConfiguration.assignment(line)
    try ExperimentConfiguration.check(field, value, source: "--set \(line)")
    names += ExperimentConfiguration.standardName(field)
    try configuration.set(assignment: line)
  }
  return names + (try read(configuration))
}

@Sendable private func readCheckpoint(_ folder: String) throws -> String {
  let path = "\(folder)/in.safetensors"
  // Resuming and evaluating check different parts of the file.
  let resumed = Result {
    let trainer = smallTrainer(epochs: 2)
    try trainer.resume(from: path)
    do {
      try trainer.run(train: smallData.train, validation: smallData.validation)
    } catch let error as TrainingError {
      return error.description
    }
    return "\(trainer.history.map(\.trainLoss))"
  }
  let file = try SafetensorsFile(path: path)
  let model: any GraphModel<Float> = try ModelCatalog.load(file)
  let training = TrainingConfiguration(checkpoint: file).map { "\($0)" } ?? ""
  let loss = try use(model, on: smallData.prepared(for: model, splits: [.test]))
  return "\(training) \(loss) \(try resumed.get())"
}

@Sendable private func readTraining(_ folder: String) throws -> String {
  let training = SmallTraining()
  let contents = try training.checkpoint.load(from: "\(folder)/in.safetensors")
  training.checkpoint.scheduler?.step(loss: 1)
  return "\(contents.metadata.sorted { $0.key < $1.key }) \(contents.generator?.state ?? [])"
    + "\(training.checkpoint.optimizer!.learningRate)"
}

@Sendable private func readResults(_ folder: String) throws -> String {
  let results = try StudyResults(path: "\(folder)/in.json")
  let json = try results.json()
  guard try StudyResults(json: json).json() == json else {
    fatalError("\(folder): results that change when they are written and read")
  }
  var sentences = Findings.sentences(results).joined()
  for run in results.runs {
    for kind in StudyResults.ActivationKind.allCases {
      sentences +=
        TextTable.layers(
          of: run, base: results.baseRun, kind: kind, medians: results.medians
        ).text
    }
  }
  let digest = XXHash64.digest(Array(json))
  // The page takes more time than everything else.
  if digest % 16 == 0 { sentences += Report.html(results) }
  if sentences.isEmpty { fatalError("\(folder): results without a sentence") }
  return "\(digest)"
}

@Sendable private func readSweep(_ folder: String) throws -> String {
  let sweep = try Sweep(contentsOf: "\(folder)/grid.json")
  let lines = try SweepLine.all(in: "\(folder)/sweep.jsonl")
  try sweep.check(on: smallData)
  let contexts = try sweep.points.prefix(4).map { try sweep.context(of: $0, on: smallData) }
  return "\(sweep.points.map(\.label)) \(sweep.thresholds) \(contexts) \(lines.map(\.key))"
}

// MARK: - Making inputs

/// Changes one string of a safetensors file's metadata as the JSON that it holds.
@Sendable private func changeMetadata(_ mutation: inout Mutation, _ bytes: [UInt8]) -> [UInt8]? {
  guard mutation.below(3) > 0, bytes.count > 8 else { return nil }
  let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * $1) }
  guard length <= UInt64(bytes.count - 8),
    var header = try? JSONSerialization.jsonObject(with: Data(bytes[8..<8 + Int(length)]))
      as? [String: Any],
    var metadata = header["__metadata__"] as? [String: String], !metadata.isEmpty
  else { return nil }
  let names = metadata.keys.sorted()
  let name = names[mutation.below(names.count)]
  let changed = mutation.change(Array(metadata[name]!.utf8), .json)
  metadata[name] = String(decoding: changed, as: UTF8.self)
  header["__metadata__"] = metadata
  guard let text = try? JSONSerialization.data(withJSONObject: header, options: .sortedKeys) else {
    return nil
  }
  let size = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
  return size + Array(text) + bytes[(8 + Int(length))...]
}
