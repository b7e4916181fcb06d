import Foundation
import OutcropTestSupport
import Testing

/// What is refused before work starts, and what a command leaves behind, on data of a few small graphs.
@Suite("The door", .serialized)
struct DoorTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try data("data") { Double($0) + 0.5 }
  }

  /// JSON lines of 30 graphs of four nodes with these labels.
  private func data(_ name: String, _ label: (Int) -> Any) throws {
    let lines = (0..<30).map { index in
      #"{"num_nodes": 4, "edge_index": [[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]], "#
        + #""node_feat": [[\#(index % 3)], [1], [0], [2]], "edge_attr": [[0], [0], [1], [1], [0], [0]], "#
        + #""y": [\#(label(index))]}"#
    }
    try folder.write("\(name)/graphs.jsonl", lines.joined(separator: "\n") + "\n")
  }

  private static let small = [
    "--layers", "1", "--width", "8", "--heads", "2", "--epochs", "1", "--batch-size", "8",
  ]

  /// Runs a command on the data, with a small model unless told otherwise.
  private func run(
    _ arguments: [String], data: String? = "data", isSmall: Bool = true
  ) throws -> CommandRun {
    try CommandRun(
      arguments + (isSmall ? Self.small : []) + (data.map { ["--dataset", $0] } ?? []),
      in: folder.url)
  }

  private func shell(_ script: String) throws -> CommandRun {
    try CommandRun(shell: "cd '\(folder.path)'; \(script)")
  }

  private static let smallText = small.joined(separator: " ")

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.path(name))
  }

  // MARK: One check before work starts

  @Test func publishedConfigurationsTrainOrSayWhatDiffers() throws {
    let configs = SharedFolder.packageRoot.appendingPathComponent("Examples/Configs")
    let names = try FileManager.default.contentsOfDirectory(atPath: configs.path).sorted()
    #expect(names.count == 12)
    for name in names {
      let path = configs.appendingPathComponent(name).path
      let run = try CommandRun(
        ["train", "--config", path, "--epochs", "0", "--checkpoint", name], in: folder.url)
      if name.hasSuffix("ZINC.json") {
        #expect(run.status == 0, "\(run.errors)")
      } else {
        expectFailure(run, status: 1, saying: path, "classes", "expected 1, the outputs")
      }
    }
  }

  @Test(arguments: [
    ("num_classes=3", "num_classes"), ("node_features=2", "graph 0"),
    ("edge_features=1", "edge type 1"),
    ("wl_pos_enc=true,max_wl_role_index=1", "Weisfeiler-Lehman role"),
    ("L=1000,hidden_dim=16384,out_dim=16384", "that the machine has"),
    ("hidden_dim=16384,out_dim=16384,num_atom_type=1000000", "that the machine has"),
  ])
  func configurationAgainstData(_ settings: String, _ text: String) throws {
    let settings = settings.split(separator: ",").flatMap { ["--set", String($0)] }
    let isSmall = !settings.contains { $0.hasPrefix("hidden_dim") }
    for command in ["train", "study"] {
      expectFailure(
        try run([command] + settings, isSmall: isSmall), status: 1, saying: text)
    }
    #expect(!exists("outcrop.safetensors") && !exists("outcrop-study"))
  }

  @Test(arguments: [
    ["--layers", "0"], ["--layers", "abc"], ["--width", "9"], ["--width", "99999"],
    ["--heads", "0"],
    ["--epochs", "-1"], ["--batch-size", "0"], ["--batch-size", "4294967296"],
    ["--learning-rate", "nan"], ["--learning-rate", "-1"], ["--learning-rate", "inf"],
    ["--seed", "-1"], ["--seed", "9223372036854775807"], ["--model", "none"],
  ])
  func valuesOfOptions(_ option: [String]) throws {
    let run = try run(["train"] + option, isSmall: false)
    expectFailure(run, status: 2, saying: option[0], "Usage")
    #expect(!run.errors.contains("net_params") && !run.errors.contains("Missing value"))
  }

  @Test(arguments: ["1e39", "inf", "nan", "1e-50", "0", "-1"])
  func thresholds(_ value: String) throws {
    for command in [["study"], ["ablate"], ["analyze", "x.npy"]] {
      expectFailure(
        try CommandRun(command + ["--threshold", value], in: folder.url), status: 2,
        saying: "--threshold: found", "3.4e38")
    }
    try folder.write("grid.json", #"{"grid": {"L": [1]}, "thresholds": [\#(value)]}"#)
    // JSON has no word for the infinite and the undefined.
    let isNumber = value != "inf" && value != "nan"
    expectFailure(
      try run(["sweep", "grid.json"], isSmall: false), status: 1,
      saying: isNumber ? "thresholds" : "grid.json: found text that is not JSON")
  }

  @Test func contradictionsAreRefused() throws {
    for (arguments, text) in [
      (["train", "--set", "epochs=3"], "--epochs and --set epochs=3"),
      (["train", "--set", "foo"], "--set foo: found no `=`"),
      (["study", "--set", "=3"], "--set =3: found no `=`"),
      (["train", "--set", "readout=sum", "--set", "readout=mean"], "--set readout=sum and"),
      (["train", "--set", "n_classes=1", "--set", "num_classes=1"], "n_classes=1 and"),
      (["train", "--ebt", "--set", "explicit_bias=false"], "--ebt"),
      (["train", "--allow-other-data"], "--resume"), (["train", "--exact-moments"], "--shards"),
      (["study", "--set", "explicit_bias=true"], "explicit_bias"),
      (["study", "--seed", "1", "--seeds", "2"], "--seeds"),
      (["study", "--adaptive", "driven", "--adaptive", "driven"], "--adaptive"),
      (["attack", "--attribution"], "--attribution"), (["attack", "--steps", "0"], "--steps"),
      (["attack", "--deviation", "0.1", "--deviation", "0.1"], "--deviation"),
      (["train", "--target", "x"], "--target"),
      (["train", "--inverse-edges", "add"], "--inverse-edges"),
      (["train", "--labels", "classes"], "--labels"),
      (["train", "--cache-dir", "x"], "--cache-dir"),
    ] {
      expectFailure(try run(arguments), status: 2, saying: text)
    }
    for (arguments, text) in [
      (["evaluate", "x", "--kinds", "edge"], "--activations"),
      (["evaluate", "x", "--batch-size", "4294967296"], "--batch-size"),
      (["bench", "--batch-size", "4294967296"], "--batch-size"),
      (["bench", "--combine", "x", "--runs", "3"], "--runs"),
      (["train", "--whole"], "--whole"), (["sweep", "x", "--jobs", "0"], "--jobs"),
      (["bench", "--only", "eigen", "--batch-size", "16"], "--batch-size: has no effect"),
      (["bench", "--only", "dense,batched", "--data", "x"], "--data: has no effect"),
      (["bench", "--only", "products", "--model", "SAN"], "--model: has no effect"),
      (["analyze", "x.npy", "--threshold", "0x10"], "--threshold"),
      (["train", "--learning-rate", "0x1p-3"], "--learning-rate"),
      (["ablate", "--fraction", "0X1"], "--fraction"), (["bench", "--budget", "0x10"], "--budget"),
      (["attack", "--deviation", "0x0.8"], "--deviation"),
      (["study", "--countermeasures", "clip=0x5"], "--countermeasures"),
    ] {
      expectFailure(
        try CommandRun(arguments, in: folder.url), status: 2, saying: text)
    }
    for grid in [#"{"grid": {}}"#, #"{"grid": {"L": [1, 1]}}"#] {
      try folder.write("grid.json", grid)
      expectFailure(try run(["sweep", "grid.json"], isSmall: false), status: 1, saying: "grid")
    }
  }

  /// Numbers in another notation than files may have.
  @Test func numbersAreDecimal() throws {
    for (arguments, expected) in [
      (["train", "--width", "0x10"], "--width: found '0x10', expected a whole number in decimal"),
      (["train", "--seed", "1e3"], "--seed: found '1e3', expected a whole number in decimal"),
      (["data", "generate", "x", "--seed", "0x1"], "--seed: found '0x1', expected a whole number"),
      (
        ["train", "--learning-rate", "0x1p-3"], "--learning-rate: found '0x1p-3', expected a number"
      ),
      (["bench", "--budget", "0x10"], "--budget: found '0x10', expected a number in decimal"),
      (["study", "--seeds", "1,0x2"], "--seeds: found '1,0x2', expected different whole numbers"),
      (["intervene", "x", "--layers", "0x1"], "--layers: found '0x1', expected different whole"),
      (["sweep", "x", "--shard", "0x1/2"], "--shard: found '0x1/2', expected a part and"),
      (["study", "--countermeasures", "clip=0x5"], "X of clip=X is a number in decimal notation"),
      (
        ["data", "sample", "x", "--fan-outs", "0x5,1"], "--fan-outs: found 0x5,1, expected decimal"
      ),
      (["train", "--set", "hidden_dim=0x10"], "an integer in 4 ... 16384 in decimal notation"),
      (["train", "--set", "init_lr=0x1p3"], "a number in 0.0 ... 10.0 in decimal notation"),
      (["train", "--set", "fan_outs=[1,0x5]"], "in 1 ... 1000000 in decimal notation"),
    ] {
      let run = try CommandRun(arguments, in: folder.url)
      expectFailure(run, status: 2, saying: expected)
      #expect(!run.errors.contains("is invalid"), "\(run.errors)")
    }
    try folder.write("grid.json", #"{"grid": {"L": ["0x2"]}}"#)
    let grid = try CommandRun(["sweep", "grid.json"], in: folder.url)
    expectFailure(grid, status: 1, saying: "an integer in 1 ... 1000 in decimal notation")
    for (name, command) in [("grid.json", ["sweep"]), ("config.json", ["train", "--config"])] {
      try folder.write(name, #"{"grid": {"L": [0x2]}, "net_params": {"L": 0x2}}"#)
      let run = try CommandRun(command + [name], in: folder.url)
      expectFailure(run, status: 1, saying: "'x' in column", "its numbers are decimal")
    }
    let threads = try CommandRun(
      ["data", "info", "sample"], environment: ["OUTCROP_NUM_THREADS": "0x2"])
    expectFailure(threads, status: 2, saying: "expected a decimal number in 1 ...")
  }

  /// The default model has more layers than the default of `fan_outs` has numbers; the hint says what to type.
  @Test func hintsOfSampledNeighborsWork() throws {
    let made = try CommandRun(
      ["data", "generate", "proteins", "big", "--nodes", "200", "--edges", "600"], in: folder.url)
    #expect(made.status == 0, "\(made.errors)")
    let small = ["--dataset", "big", "--width", "8", "--heads", "2", "--epochs", "1"]
    for command in ["train", "study"] {
      let run = try CommandRun([command] + small, in: folder.url)
      expectFailure(run, status: 1, saying: "`fan_outs` for 3 layers (the model has 10)")
      let hints = run.errors.matches(of: #/`(--(?:layers|set) [^`]+)`/#).map { String($0.1) }
      #expect(hints.count == 2, "\(run.errors)")
      if command == "study" { continue }
      for hint in hints {
        let words = (["train", "--overwrite"] + small).joined(separator: " ")
        let again = try shell("\"$0\" \(words) \(hint)")
        #expect(again.status == 0, "\(hint): \(again.errors)")
      }
    }
  }

  @Test(arguments: [
    #"{"net_params": {"L": 1, "L": 2}}"#, #"{"net_params": {"L": 1}, "net_params": {"L": 2}}"#,
    #"{"net_params": {"L": 1}, "net_p\u0061rams": {"L": 2}}"#,
  ])
  func keysTwice(_ config: String) throws {
    try folder.write("config.json", config)
    expectFailure(
      try run(["train", "--config", "config.json"], isSmall: false), status: 1,
      saying: "config.json", "net_params", "found the key twice")
  }

  /// The last one would win.
  @Test(arguments: [
    ["--epochs", "2", "--epochs", "3"], ["--epochs=2", "--seed", "1", "--epochs", "2"],
  ])
  func optionsTwiceAreRefused(_ options: [String]) throws {
    expectFailure(
      try run(["train"] + options), status: 2, saying: "--epochs: found the option twice")
    // The command of molecules is the default of those that generate data.
    for words in [["data", "generate"], ["data", "generate", "molecules"]] {
      expectFailure(
        try CommandRun(words + ["made", "--seed", "1", "--seed", "2"], in: folder.url), status: 2,
        saying: "--seed: found the option twice")
    }
    #expect(try run(["train"] + options + ["--help"]).status == 0)
    let sets = try run(["train", "--set", "dropout=0.1", "--set", "init_lr=0.01"])
    #expect(sets.status == 0, "\(sets.errors)")
  }

  /// Files may have fields without effect, as published ones do; a user who sets one expects something of it.
  @Test(arguments: [
    ("explicit_bias_use=weights_from_bias_alone", "explicit_bias=true", [String]()),
    ("explicit_bias_strength=driven", "explicit_bias=true", []),
    ("pos_enc_dim=3", "lap_pos_enc=true", []), ("max_wl_role_index=40", "wl_pos_enc=true", []),
    ("gamma=0.5", "a field that this model uses", []),
    ("alpha_loss=1", "a field that this model uses", []),
    ("max_time=3", "a field that training uses", []),
    ("gamma=0.5", "full_graph=true", ["--model", "SAN"]),
    ("init_gamma=0.5", "full_graph=true", ["--model", "SAN"]),
    ("p_steps=3", "full_graph=true", ["--model", "GraphiT"]),
    (
      "gamma=0.5", "adaptive_edge_PE=true",
      ["--model", "GraphiT", "--set", "full_graph=true"] + ["--set", "adaptive_edge_PE=false"]
    ),
    ("fan_outs=[2]", "one large graph", []), ("exact_batch_moments=true", "shards", []),
  ])
  func fieldsWithoutEffectAreRefused(_ field: String, _ need: String, _ others: [String]) throws {
    let run = try run(["train", "--set", field] + others)
    expectFailure(
      run, status: 1, saying: "--set \(field.prefix { $0 != "=" })", "no effect", need)
    #expect(!run.errors.contains("safetensors"))
    #expect(!exists("outcrop.safetensors"))
  }

  @Test(arguments: [
    ["explicit_bias=true", "explicit_bias_strength=driven"], ["lap_pos_enc=true", "pos_enc_dim=3"],
    ["wl_pos_enc=true", "max_wl_role_index=40"], ["shards=2", "exact_batch_moments=true"],
  ])
  func fieldsWithEffectAreTaken(_ fields: [String]) throws {
    let run = try run(["train"] + fields.flatMap { ["--set", $0] })
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test func fieldsOfTheBiasHaveAnEffectWithIt() throws {
    let run = try run(["train", "--ebt", "--set", "explicit_bias_strength=driven"])
    #expect(run.status == 0, "\(run.errors)")
    // A grid may have combinations in which a field has no effect, but not only such.
    try folder.write(
      "grid.json",
      #"{"grid": {"L": [1], "hidden_dim": [8], "n_heads": [2], "epochs": [0], "gamma": [0.1, 0.2]}}"#
    )
    expectFailure(
      try self.run(["sweep", "grid.json"], isSmall: false), status: 1,
      saying: "grid.json: 'grid.gamma': found a field that has no effect in any combination")
    try folder.write(
      "grid.json",
      #"""
      {"grid": {"L": [1], "hidden_dim": [8], "n_heads": [2], "epochs": [1],
                "explicit_bias": [false, true], "explicit_bias_strength": ["learned"]}}
      """#)
    let sweep = try self.run(["sweep", "grid.json"], isSmall: false)
    #expect(sweep.status == 0, "\(sweep.errors)")
  }

  /// One number that is no integer turns categories into real attributes; the user of every command is told.
  @Test func whatReadersDecideIsSaid() throws {
    let text = try String(contentsOfFile: folder.path("data/graphs.jsonl"), encoding: .utf8)
    let place = try #require(text.range(of: "[[0], [0], [1], [1], [0], [0]]"))
    try folder.write(
      "odd/graphs.jsonl",
      text.replacingCharacters(in: place, with: "[[0], [0], [1.5], [1], [0], [0]]"))
    try folder.write(
      "grid.json", #"{"grid": {"L": [1], "hidden_dim": [8], "n_heads": [2], "epochs": [1]}}"#)
    for arguments in [["train"], ["study"], ["sweep", "grid.json"]] {
      let run = try run(arguments, data: "odd", isSmall: arguments[0] != "sweep")
      #expect(run.status == 0, "\(run.errors)")
      #expect(
        run.errors.contains(
          "“edge_attr” taken as real attributes: 1 of 180 numbers is not an integer, first in graphs.jsonl:1"
        ),
        "\(run.errors)")
    }
  }

  @Test func gridsAreNamedInTheirErrors() throws {
    try folder.write("grid.json", #"{"grid": {"L": [1], "L": [2]}}"#)
    expectFailure(
      try run(["sweep", "grid.json"], isSmall: false), status: 1, saying: "'grid.L'",
      "found the key twice")
    try folder.write("grid.json", #"{"grid": {"L": [1, 1.5]}}"#)
    expectFailure(
      try run(["sweep", "grid.json"], isSmall: false), status: 1,
      saying: "grid.json: 'grid, L=1.5'",
      "found 1.5")
  }

  @Test func configurationsThatAreNone() throws {
    try folder.write("config.json", #"{"model": 3, "net_params": {"L": 1}}"#)
    for (path, text) in [("config.json", "'model': found 3"), ("/dev/zero", "found a device")] {
      expectFailure(
        try run(["train", "--config", path], isSmall: false), status: 1, saying: path, text)
    }
    expectFailure(
      try CommandRun(
        ["train", "--dataset", "none"], in: folder.url, environment: ["OUTCROP_DATA": "nowhere"]),
      status: 1, saying: "OUTCROP_DATA: found")
  }

  /// A rate below the one at which training stops trains nothing.
  @Test func ratesThatTrainNothing() throws {
    for arguments in [
      ["train", "--learning-rate", "1e-7"], ["study", "--learning-rate", "0"],
      ["train", "--set", "min_lr=1"],
    ] {
      expectFailure(try run(arguments), status: 1, saying: "'init_lr': found", "min_lr")
    }
    #expect(!exists("outcrop.safetensors"))
  }

  @Test(arguments: [
    ["--countermeasures", "gate", "--set", "attention_gate=true"],
    ["--countermeasures", "ebt,plus-one", "--set", "attention_plus_one=true"],
    ["--countermeasures", "clip", "--set", "score_clip=5"],
  ])
  func armsOfOneModel(_ options: [String]) throws {
    expectFailure(
      try run(["study"] + options), status: 1, saying: "which train the same model")
    #expect(!exists("outcrop-study/results.json"))
  }

  @Test func fullGraphsThatMemoryCannotHold() throws {
    let count = 20_000
    try folder.write(
      "large/graphs.jsonl",
      String(
        repeating:
          #"{"num_nodes": 1, "edge_index": [[], []], "node_feat": [[0]], "edge_attr": [], "y": [1]}"#
          + "\n",
        count: 9)
        + #"{"num_nodes": \#(count), "edge_index": [[0, 1], [1, 0]], "node_feat": ["#
        + Array(repeating: "[0]", count: count).joined(separator: ",")
        + #"], "edge_attr": [[0], [0]], "y": [1]}"# + "\n")
    expectFailure(
      try run(
        [
          "train", "--model", "SAN", "--set", "full_graph=true", "--set", "hidden_dim=512",
          "--set", "out_dim=512", "--layers", "1", "--epochs", "1",
        ], data: "large", isSmall: false),
      status: 1, saying: "split, graph", "edges")
  }

  @Test func dataOfOneClassIsToldOf() throws {
    try data("one") { _ in 0 }
    let run = try run(["train"], data: "one")
    #expect(
      run.status == 0 && run.errors.contains("warning: all labels of the train split are class 0"))
    let study = try self.run(["study"], data: "one")
    #expect(study.status == 0 && study.errors.contains("warning: "))
    #expect(
      try String(contentsOfFile: folder.path("outcrop-study/report.html"), encoding: .utf8)
        .contains("Caution: all labels"))
  }

  // MARK: Results belong to what they depend on

  @Test func resultsOfASweepBelongToDataAndThresholds() throws {
    try data("other") { Double($0) * 2 + 0.25 }
    func grid(_ thresholds: String) throws {
      try folder.write(
        "grid.json",
        """
        {"grid": {"L": [1], "hidden_dim": [8], "out_dim": [8], "n_heads": [2], "epochs": [1],
                  "seed": [1, 2]}, "thresholds": [\(thresholds)]}
        """)
    }
    func sweep(_ data: String, _ more: [String] = []) throws -> String {
      let run = try run(["sweep", "grid.json"] + more, data: data, isSmall: false)
      #expect(run.status == 0, "\(run.errors)")
      return run.errors
    }
    try grid("1000")
    #expect(try sweep("data").contains("2 to run"))
    #expect(try sweep("data").contains("0 to run"))
    let other = try sweep("other")
    #expect(other.contains("2 to run") && other.contains("2 lines of"))
    #expect(try sweep("data").contains("0 to run"))
    try grid("7")
    #expect(try sweep("data").contains("2 to run"))
    #expect(try sweep("data", ["--median", "row"]).contains("2 to run"))
    // The same models: their training is not repeated.
    let log = try String(contentsOfFile: folder.path("outcrop-sweep/logs/0.log"), encoding: .utf8)
    #expect(log.contains("continuing after epoch 1 of 1"), "\(log)")
  }

  @Test func modelsOfOtherLabelsAreRefused() throws {
    try data("binary") { $0 % 2 }
    #expect(try run(["train"]).status == 0)
    for command in ["evaluate", "intervene", "export"] {
      expectFailure(
        try run([command, "outcrop.safetensors"], data: "binary", isSmall: false), status: 1,
        saying: "'task': found a model trained for regression")
    }
  }

  /// Parts that were trained differently, or from the same seed, are refused by name, and files are not taken
  /// together.
  @Test func resultsOfOtherTrainingAreNotPooled() throws {
    let rest = Array(Self.small.dropLast(4)) + ["--batch-size", "8", "--dataset", "data"]
    func study(_ arguments: [String], _ output: String) throws {
      let run = try CommandRun(["study"] + arguments + rest + ["--output", output], in: folder.url)
      #expect(run.status == 0, "\(run.errors)")
    }
    let other = ["--epochs", "2", "--learning-rate", "0.1"]
    try study(["--epochs", "1", "--seeds", "1,2", "--shard", "1/2"], "parts")
    try study(other + ["--seeds", "1,2", "--shard", "2/2"], "parts")
    let refused = try CommandRun(["report", "parts"], in: folder.url)
    expectFailure(
      refused, status: 1, saying: "part-2-of-2/results.json: 'runs[1].settings.epochs': found 2",
      "expected 1, as in parts/part-1-of-2/results.json")
    try FileManager.default.removeItem(atPath: folder.path("parts/part-2-of-2"))
    try FileManager.default.copyItem(
      atPath: folder.path("parts/part-1-of-2"), toPath: folder.path("parts/part-2-of-2"))
    expectFailure(
      try CommandRun(["report", "parts"], in: folder.url), status: 1, saying: "runs[0].seed",
      "found 1 for")
    #expect(!exists("outcrop-report") && !exists("parts/results.json"))
    func rows(_ folders: [String]) throws -> [Substring] {
      let run = try CommandRun(["report"] + folders + ["--output", "both"], in: folder.url)
      #expect(run.status == 0, "\(run.errors)")
      let settings = try? String(
        contentsOfFile: folder.path("both/tables/settings.csv"), encoding: .utf8)
      #expect(settings?.contains("init_lr,0.0007,0.1") == true)
      return try String(contentsOfFile: folder.path("both/tables/comparison.csv"), encoding: .utf8)
        .split(separator: "\r\n").filter { $0.contains(",trained,") }
    }
    try study(["--epochs", "1", "--seed", "1"], "a")
    try study(other + ["--seed", "2"], "b")
    #expect(try rows(["a", "b"]).count == 4)
  }

  @Test func otherDataAreNotResumed() throws {
    try data("other") { Double($0) * 2 + 0.25 }
    #expect(try run(["train"]).status == 0)
    expectFailure(
      try run(["train", "--resume"], data: "other"), status: 1, saying: "checksum",
      "--allow-other-data")
    #expect(try run(["train", "--resume", "--allow-other-data"], data: "other").status == 0)
    // Another program may have written the file.
    let path = folder.path("outcrop.safetensors")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for (key, changed, text) in [
      ("\"data\"", "\"datb\"", "without a checksum"),
      ("\"format\"", "\"formas\"", "'format': found nothing"),
    ] {
      var other = bytes
      other.replaceSubrange(try #require(bytes.range(of: Data(key.utf8))), with: Data(changed.utf8))
      try other.write(to: URL(fileURLWithPath: path))
      expectFailure(try run(["train", "--resume"]), status: 1, saying: text)
    }
    #expect(try run(["study"]).status == 0)
    let refused = try run(["study", "--resume"], data: "other")
    expectFailure(refused, status: 1, saying: "checksum", "--allow-other-data")
    #expect(!refused.errors.contains("activations of"))
    #expect(try run(["study", "--resume"]).status == 0)
  }

  /// Models that an earlier study kept are none of the next one's.
  @Test func keptModelsAreThoseOfTheRun() throws {
    func followed() throws -> [Int] {
      let data = try Data(
        contentsOf: URL(fileURLWithPath: folder.path("outcrop-study/results.json")))
      let runs = (try JSONSerialization.jsonObject(with: data) as? [String: Any])?["runs"]
      let trained = (runs as? [[String: Any]])?[1]["followed"] as? [[String: Any]]
      return (trained ?? []).compactMap { $0["epoch"] as? Int }
    }
    let long =
      Array(Self.small.dropLast(4)) + ["--epochs", "4", "--batch-size", "8", "--dataset", "data"]
    #expect(try CommandRun(["study", "--snapshots", "1"] + long, in: folder.url).status == 0)
    #expect(try followed() == [0, 1, 2, 3, 4])
    #expect(try run(["study"]).status == 0)
    #expect(try followed() == [])
  }

  // MARK: Numbers of results

  /// Counts that cannot be are refused where results are read, and end no program.
  @Test(arguments: [Int.max, -5])
  func countsOfResults(_ count: Int) throws {
    func change(_ file: String, _ pattern: String) throws {
      let text = try String(contentsOfFile: folder.path(file), encoding: .utf8)
      let place = try #require(text.range(of: pattern, options: .regularExpression))
      try folder.write(
        file, text.replacingCharacters(in: place, with: pattern.prefix { $0 != "[" } + "\(count)"))
    }
    try folder.write("x.npy", ReportCommandTests.matrix(ratio: 5))
    #expect(try CommandRun(["analyze", "x.npy", "--output", "x"], in: folder.url).status == 0)
    try change("x/results.json", #""massiveCount" : [0-9]+"#)
    expectFailure(
      try CommandRun(["report", "x"], in: folder.url), status: 1,
      saying: "x/results.json: 'runs[0].layers[0].edge.batchMedian.massiveCount': found \(count)",
      "a whole number from 0 to 9007199254740992")
    try folder.write(
      "grid.json",
      #"{"grid": {"L": [1], "hidden_dim": [8], "out_dim": [8], "n_heads": [2], "epochs": [1]}}"#)
    #expect(try run(["sweep", "grid.json"], isSmall: false).status == 0)
    try change("outcrop-sweep/sweep.jsonl", #""massiveRows":[0-9]+"#)
    expectFailure(
      try run(["sweep", "grid.json"], isSmall: false), status: 1,
      saying: "sweep.jsonl:1: 'run.layers[0].", "massiveRows': found \(count)")
  }

  // MARK: Infinite ratios

  /// Table, headline, findings, verdict and results say the same of a ratio that is infinite, and why it is.
  @Test(arguments: [
    (
      [1e-3, 1e-3, 1e-3, 3e37], "a ratio beyond 3.4e38, which single precision cannot hold",
      "exceeds 3.4e38"
    ),
    (
      [.leastNonzeroMagnitude, .leastNonzeroMagnitude, .leastNonzeroMagnitude, 1],
      "a ratio beyond 3.4e38, which single precision cannot hold",
      "exceeds 3.4e38"
    ),
    ([0, 0, 0, 2], "a median of zero", "is infinite and counts as massive"),
    ([1, 1, 1, .infinity], "an infinite activation", "which counts as massive"),
  ])
  func infiniteRatiosAreMassive(_ values: [Float], _ reason: String, _ sentence: String) throws {
    try folder.write("x.npy", ReportCommandTests.matrix(values))
    let run = try CommandRun(
      ["analyze", "x.npy", "--output", "x", "--verbose"], in: folder.url)
    #expect(run.status == 0 && run.output.hasPrefix("\nMassive activations by both medians.\n"))
    #expect(run.output.contains("is infinite, in layer 0 (\(reason))"), "\(run.output)")
    let table = try #require(run.lines.first { $0.contains("∞") && $0.contains("massive") })
    #expect(table.split(separator: " ").count { $0 == "massive" } == 2, "\(table)")
    let results = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: folder.path("x/results.json"))))
    let runs = (results as? [String: Any])?["runs"] as? [[String: Any]]
    let edge = (runs?[0]["layers"] as? [[String: Any]])?[0]["edge"] as? [String: Any]
    for median in ["rowMedian", "batchMedian"] {
      let found = try #require(edge?[median] as? [String: Any])
      #expect(found["massiveCount"] as? Int == 1 && found["infiniteCount"] as? Int == 1)
      let verdict = try #require(found["verdict"] as? [String: Any])
      #expect(verdict["outcome"] as? String == "massive")
      let reasons = (verdict["reasons"] as? [String])?.joined(separator: " ") ?? ""
      #expect(reasons.contains(sentence), "\(reasons)")
      #expect(!reasons.contains("None of") && !reasons.contains("not counted"), "\(reasons)")
    }
  }

  // MARK: What was recorded

  @Test func outputsOfModulesAloneAreNamed() throws {
    for activations in ["attention.Q", "attention.Q,attention.proj_e"] {
      let run = try run(["study", "--activations", activations, "--verbose"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("Only outputs of modules were recorded (attention.Q"))
      #expect(run.output.contains("After 1 epoch, only outputs of modules"))
      #expect(
        !run.output.contains("o activations were recorded") && !run.output.contains("layer 0"))
      let page = try String(
        contentsOfFile: folder.path("outcrop-study/report.html"), encoding: .utf8)
      #expect(page.contains("Only outputs of modules") && !page.contains("o activations were rec"))
    }
  }

  // MARK: Outputs

  /// Two binary labels of which each has one value: ROC-AUC is undefined.
  @Test func undefinedMetricsAreJSON() throws {
    try data("two") { _ in "0, 1" }
    let run = try run(["train", "--summary", "lines"], data: "two")
    #expect(run.status == 0 && run.errors.contains("ROC-AUC is undefined"), "\(run.errors)")
    let line = try Data(contentsOf: URL(fileURLWithPath: folder.path("lines")))
    let fields = try JSONSerialization.jsonObject(with: line) as? [String: Any]
    #expect(fields?["metric"] as? String == "ROC-AUC" && fields?["test"] as? String == "nan")
    let evaluate = try CommandRun(
      ["evaluate", "outcrop.safetensors", "--dataset", "two", "--json"], in: folder.url)
    let found =
      try JSONSerialization.jsonObject(with: Data(evaluate.output.utf8)) as? [String: Any]
    #expect(found?["value"] as? String == "nan" && found?["loss"] is Double)
    let text = try CommandRun(
      ["evaluate", "outcrop.safetensors", "--dataset", "two"], in: folder.url)
    #expect(text.output.hasSuffix("ROC-AUC undefined\n"), "\(text.output)")
    #expect(evaluate.errors.contains("test split") && !evaluate.errors.contains("train split"))
  }

  @Test func summariesGoToRegularFilesOnly() throws {
    let run = try shell(
      """
      mkfifo pipe
      for file in pipe /dev/null outcrop.safetensors ./outcrop.safetensors nowhere/x .; do
        timeout 20 "$0" train \(Self.smallText) --dataset data --summary $file 2>>errors
        echo $?
      done
      test -p pipe && echo pipe; test -c /dev/null && echo device
      """)
    #expect(run.output == String(repeating: "1\n", count: 6) + "pipe\ndevice\n")
    let errors = try String(contentsOfFile: folder.path("errors"), encoding: .utf8)
    #expect(errors.contains("pipe: found a pipe or device"))
    #expect(errors.contains("found the same file as for --checkpoint"))
    #expect(errors.contains("nowhere/x: ") && !errors.contains("train loss"))
    #expect(!exists("outcrop.safetensors"))
    // A checkpoint of another name is no file of lines either.
    #expect(try self.run(["train"]).status == 0)
    expectFailure(
      try self.run(["train", "--checkpoint", "b", "--summary", "outcrop.safetensors"]), status: 1,
      saying: "safetensors file")
    for _ in 0..<2 {
      #expect(
        try self.run(["train", "--checkpoint", "c", "--overwrite", "--summary", "lines"]).status
          == 0)
    }
    let lines = try String(contentsOfFile: folder.path("lines"), encoding: .utf8)
    #expect(lines.split(separator: "\n").count == 2)
    // A link to the checkpoint that does not exist yet, and files with other lines, such as the data.
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link"), withDestinationPath: "d.safetensors")
    expectFailure(
      try self.run(["train", "--checkpoint", "d.safetensors", "--summary", "link"]), status: 1,
      saying: "link: ", "the same file as for --checkpoint")
    let before = try String(contentsOfFile: folder.path("data/graphs.jsonl"), encoding: .utf8)
    expectFailure(
      try self.run(["train", "--checkpoint", "d", "--summary", "data/graphs.jsonl"]), status: 1,
      saying: "data/graphs.jsonl:1: found a line that is not the summary of a training")
    let after = try String(contentsOfFile: folder.path("data/graphs.jsonl"), encoding: .utf8)
    #expect(after == before && !exists("d") && !exists("d.safetensors"))
  }

  @Test func onlyCheckpointsAreOverwritten() throws {
    try folder.write("notes.txt", "mine")
    expectFailure(
      try run(["train", "--overwrite", "--checkpoint", "notes.txt"]), status: 1,
      saying: "not a checkpoint of this program")
    #expect(try run(["train"]).status == 0 && run(["train", "--overwrite"]).status == 0)
    let evaluate = ["evaluate", "outcrop.safetensors", "--dataset", "data", "--activations"]
    for (file, text) in [
      ("notes.txt", "without activations"), ("outcrop.safetensors", "<file>"), ("no/x", "no/x"),
    ] {
      expectFailure(try CommandRun(evaluate + [file], in: folder.url), status: 1, saying: text)
    }
    for _ in 0..<2 { #expect(try CommandRun(evaluate + ["a"], in: folder.url).status == 0) }
    #expect(try String(contentsOfFile: folder.path("notes.txt"), encoding: .utf8) == "mine")
  }

  @Test func outputsAreTriedBeforeWork() throws {
    try folder.write("o1/report.html/x", "")
    try folder.write("o2/figures", "")
    try folder.write("o3/seed-41", "")
    try folder.write("o4/seed-41/trained.safetensors/x", "")
    for name in ["o1", "o2", "o3", "o4"] {
      let run = try run(["study", "--output", name])
      expectFailure(run, status: 1, saying: "error: \(name)/")
      #expect(!run.errors.contains("activations of"))
    }
    let checkpoint = try run(["train", "--checkpoint", "nowhere/x"])
    expectFailure(checkpoint, status: 1, saying: "nowhere/x: ")
    #expect(!checkpoint.errors.contains("parameters"))
    try folder.write("grid.json", #"{"grid": {"L": [1]}}"#)
    expectFailure(
      try run(["sweep", "grid.json", "--output", "o1"], isSmall: false), status: 1,
      saying: "o1/report.html")
    for option in [["--json", "nowhere/x"], ["--output", "o2/figures"]] {
      let run = try CommandRun(
        ["bench", "--only", "eigen", "--runs", "1"] + option, in: folder.url)
      expectFailure(run, status: 1, saying: "error: \(option[1])")
      #expect(!run.errors.contains("measuring"))
    }
  }

  @Test func fullAndClosedStandardFiles() throws {
    for (number, redirection) in ["2>/dev/full", "2>&-"].enumerated() {
      let run = try shell(
        #""$0" train \#(Self.smallText) --dataset data --checkpoint t\#(number) \#(redirection); echo $?; "#
          + #""$0" study \#(Self.smallText) --dataset data --output s\#(number) \#(redirection) >/dev/null; echo $?"#
      )
      #expect(run.output.hasSuffix("\n0\n0\n"), "\(run.output)")
      #expect(exists("t\(number)") && exists("s\(number)/report.html"))
    }
    let closed = try shell(
      #""$0" train \#(Self.smallText) --dataset data --checkpoint t >&-; echo $?; "$0" evaluate t --dataset data >/dev/null; echo $?"#
    )
    #expect(closed.output == "1\n0\n", "\(closed.errors)")
    #expect(closed.errors.contains("standard output: Bad file descriptor"))
  }

  @Test func namesThatAreNoText() throws {
    let run = try shell(#""$0" train --dataset "$(printf 'a\377b')"; echo $?"#)
    #expect(run.output == "2\n" && run.errors.contains("not UTF-8"), "\(run.errors)")
    // Every option says so, and what names folders otherwise.
    let bad = "a$(printf '\\377')"
    for words in [
      "train --config=\(bad)", "train --checkpoint \(bad)", "train --dataset \(bad)",
      "analyze model --output \(bad)", "data convert sample \(bad)", "--set \(bad)",
    ] {
      let run = try shell("\"$0\" \(words); echo $?")
      #expect(run.output == "2\n", "\(run.errors)")
      #expect(
        run.errors.hasSuffix("a\\xff” is not UTF-8, which names of files must be\n"),
        "\(run.errors)")
    }
    for (words, said) in [
      ("OUTCROP_DATA=\(bad) \"$0\" doctor", "OUTCROP_DATA: “a\\xff”"),
      ("mkdir \(bad); cd \(bad); \"$0\" data convert sample out", "the working folder “"),
    ] {
      let run = try shell("\(words); echo $?; ls")
      #expect(run.output.hasPrefix("2\n") && run.errors.contains(said), "\(run.errors)")
      #expect(!run.output.contains("out\n"))
    }
  }

  @Test(arguments: [
    ("OUTCROP_NUM_THREADS", "abc"), ("OUTCROP_NUM_THREADS", "0"), ("OUTCROP_NUM_THREADS", "-1"),
    ("OUTCROP_NUM_THREADS", "9223372036854775808"), ("OUTCROP_INSTRUCTION_SET", "sse9"),
  ])
  func environment(_ name: String, _ value: String) throws {
    let run = try CommandRun(["data", "info", "sample"], environment: [name: value])
    expectFailure(run, status: 2, saying: name, value)
    // The kernels warn of an unknown instruction set; the program reports it before they could.
    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    #expect(try CommandRun(["--version"], environment: [name: ""]).status == 0)
  }

  // MARK: Signals and children

  private static let grid = """
    {"grid": {"L": [1], "hidden_dim": [8], "out_dim": [8], "n_heads": [2], "epochs": [100000],
              "min_lr": [0], "seed": [1, 2]}}
    """

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGABRT])
  func signalsEndTraining(_ signal: Int32) throws {
    let process = Process()
    process.executableURL = CommandRun.program
    process.arguments =
      ["train", "--layers", "1", "--width", "8", "--heads", "2", "--epochs", "1000000", "--set"]
      + ["min_lr=0", "--dataset", "data"]
    process.currentDirectoryURL = folder.url
    let errors = try folder.write("errors", "")
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardOutput = FileHandle.nullDevice
    // Where the parent process ignores the signal, the child would too.
    let before = Foundation.signal(signal, SIG_DFL)
    try process.run()
    _ = Foundation.signal(signal, before)
    for _ in 0..<200 where !exists("outcrop.safetensors") { usleep(50_000) }
    let start = ContinuousClock.now
    kill(process.processIdentifier, signal)
    for _ in 0..<2000 where process.isRunning { usleep(5_000) }
    // A main thread that cannot be stopped, because its signal is blocked, costs a second.
    #expect(ContinuousClock.now - start < .seconds(1))
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 128 + signal)
    let text = try String(contentsOf: errors, encoding: .utf8)
    #expect(text.contains("holds the last finished epoch; --resume continues from it"))
    #expect(!text.contains("acktrace") && text.utf8.count < 10_000, "\(text.suffix(300))")
    let contents = try folder.contents
    #expect(
      contents == ["data", "errors", "outcrop.safetensors"], "\(contents) \(text.suffix(300))")
  }

  @Test(arguments: ["TERM", "KILL"])
  func childrenEndWithTheirSweep(_ signal: String) throws {
    try folder.write("grid.json", Self.grid)
    let run = try shell(
      """
      "$0" sweep grid.json --dataset data --jobs 2 2>errors &
      pid=$!
      for i in $(seq 100); do
        test $(grep -l 'epoch 1/' outcrop-sweep/logs/*.log 2>/dev/null | wc -l) = 2 && break; sleep 0.05
      done
      pgrep -P $pid >children; wc -l <children
      kill -\(signal) $pid; wait $pid; echo $?
      for i in $(seq 100); do ps -p $(paste -sd, children) >/dev/null || break; sleep 0.05; done
      ps -p $(paste -sd, children) >/dev/null && echo orphans
      find . -name '.outcrop-*.tmp' | wc -l
      """)
    #expect(
      run.output.split(whereSeparator: \.isWhitespace) == [
        "2", signal == "TERM" ? "143" : "137", "0",
      ], "\(run.output) \(run.errors)")
    if signal == "TERM" {
      let errors = try String(contentsOfFile: folder.path("errors"), encoding: .utf8)
      #expect(errors.contains("run the same command again to continue"))
    }
  }

  @Test func childrenThatCannotStart() throws {
    try folder.write("grid.json", Self.grid.replacingOccurrences(of: "100000", with: "1"))
    for limit in 6...12 {
      let run = try shell(
        "( exec >/dev/null; ulimit -n \(limit); exec \"$0\" sweep grid.json --dataset data "
          + "--output o\(limit) ); echo $?")
      #expect(["0\n", "1\n"].contains(run.output), "\(limit): \(run.output) \(run.errors)")
      if run.output == "1\n" {
        #expect(run.errors.contains("Too many open files"), "\(limit): \(run.errors)")
      }
    }
  }

  @Test func aSecondSweepInAFolderIsRefused() throws {
    try folder.write("grid.json", Self.grid)
    let run = try shell(
      """
      "$0" sweep grid.json --dataset data 2>/dev/null &
      pid=$!
      for i in $(seq 100); do test -e outcrop-sweep/logs/0.log && break; sleep 0.05; done
      "$0" sweep grid.json --dataset data; echo $?
      kill $pid; wait $pid
      """)
    #expect(run.output == "1\n" && run.errors.contains("another process"), "\(run.errors)")
  }

  /// A kill between the two renames of `convert --overwrite`, and before them.
  @Test func remainsOfConversionsArePutBack() throws {
    #expect(
      try CommandRun(["data", "convert", "data", "out", "--format", "jsonl"], in: folder.url).status
        == 0)
    let remains = folder.path(".outcrop-1a2b3c.tmp/old")
    try FileManager.default.createDirectory(atPath: remains, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: folder.path("out"), toPath: remains + "/out")
    let again = try CommandRun(
      ["data", "convert", "data", "out", "--format", "jsonl"], in: folder.url)
    expectFailure(again, status: 1, saying: "already exists")
    #expect(exists("out/train.jsonl"))
    #expect(try folder.contents.filter { $0.hasPrefix(".") } == [])
  }
}
