import OutcropCore
import OutcropGraph
import OutcropModels

extension Study {
  /// Throws `InputError` if the study's settings contradict each other or are invalid, or if the model cannot
  /// work on all of `dataset`, which has its encodings. `run(on:observer:)` calls it first.
  public func check(on dataset: some ExampleDataset) throws { try check(model, on: dataset) }

  func check<Architecture: ModelArchitecture>(
    _ model: Architecture, on dataset: some ExampleDataset
  ) throws {
    func require(_ isGood: Bool, _ field: String, _ found: String, _ expected: String) throws {
      if isGood { return }
      throw InputError(file: "study", field: field, found: found, expected: expected)
    }
    try training.check()
    try detection.check()
    try require(!arms.isEmpty, "arms", "none", "at least one")
    if let arm = arms.first(where: { !$0.fits(model) }) {
      throw InputError(
        file: Architecture.name, field: "explicit_bias", found: "the arm \"\(arm.label)\"",
        expected: "arms without the Explicit Bias Term, which this model does not support",
        hint: "leave the arm out, or set the architecture's `supportsExplicitBias` to true")
    }
    for (index, arm) in arms.enumerated()
    where arms[..<index].contains(where: { $0.fileName == arm.fileName }) {
      throw InputError(
        file: "study", field: "arms", found: "the arm \"\(arm.label)\" twice",
        expected: "different arms, since their files have the names of the arms")
    }
    let trained = arms.filter { $0.kind != .base }
    for (index, arm) in trained.enumerated() {
      guard let same = trained[..<index].first(where: { $0.model(model) == arm.model(model) })
      else { continue }
      throw InputError(
        file: "study", field: "arms",
        found: "the arms \"\(same.label)\" and \"\(arm.label)\", which train the same model",
        expected: "arms that differ",
        hint: "leave the arm out, or the field of the configuration that already sets it")
    }
    try require(!seeds.isEmpty, "seeds", "none", "at least one")
    try require(Set(seeds).count == seeds.count, "seeds", "\(seeds)", "different seeds")
    for (field, interval) in [
      ("lookInterval", lookInterval), ("snapshotInterval", snapshotInterval),
    ] {
      if let interval { try require(interval >= 1, field, "\(interval)", "at least 1") }
    }
    if comparesDistributions, ((dataset as? GraphDataset)?[split].count ?? 0) < 2 {
      throw InputError(
        file: "study", field: "comparesDistributions", found: "fewer than two graphs",
        expected: "a data set of many graphs, half of which are held out")
    }
    try attribution?.check()
    try calibration?.check()
    if calibration != nil, !activations.contains(.edge) {
      throw InputError(
        file: "study", field: "activations",
        found: activations.map(\.rawValue).sorted().joined(separator: ","),
        expected: "edge among them, which calibration compares")
    }
    if var intervention {
      intervention.detection = detection
      try intervention.check()
    }
    let isTraining = arms.contains { $0.kind != .base }
    try dataset.checkExamples(in: [split] + (isTraining ? [.train] : []))
    try model.check(dataset)
  }
}

extension Study {
  /// Throws `InputError` if a checkpoint of the study cannot be written, before the first epoch is trained.
  /// Makes the folders.
  func tryFiles() throws {
    guard let folder else { return }
    for seed in seeds {
      let place = "\(folder)/seed-\(seed)"
      try SystemFiles.createFolder(place)
      FileRemains.remove(in: place)
      for arm in arms where arm.kind != .base {
        _ = try AtomicFile(path: "\(place)/\(arm.fileName).safetensors")
        if snapshotInterval != nil || lookInterval != nil {
          try SystemFiles.createFolder("\(place)/\(arm.fileName)")
          FileRemains.remove(in: "\(place)/\(arm.fileName)")
        }
      }
    }
  }
}

extension AttributionOptions {
  /// Throws `InputError` for invalid numbers.
  public func check() throws {
    for (field, value, least) in [
      ("graphCount", graphCount, 1), ("fidelityGraphCount", fidelityGraphCount, 0),
      ("drawingCount", drawingCount, 0), ("resamples", resamples, 0),
      ("fidelity.drawCount", fidelity.drawCount, 1),
      ("fidelity.batchSize", fidelity.batchSize, 1),
    ] where value < least {
      throw InputError(
        file: "attribution", field: field, found: "\(value)", expected: "at least \(least)")
    }
    if let fraction = fidelity.fractions.first(where: { !(0...1 ~= $0) }) {
      throw InputError(
        file: "attribution", field: "fidelity.fractions", found: "\(fraction)",
        expected: "numbers in 0 ... 1")
    }
  }
}

extension Attack {
  /// Throws `InputError` for invalid settings.
  public func check() throws {
    func require(_ isGood: Bool, _ field: String, _ found: Any, _ expected: String) throws {
      if isGood { return }
      throw InputError(file: "attack", field: field, found: "\(found)", expected: expected)
    }
    try require(!deviations.isEmpty, "deviations", "none", "at least one")
    for deviation in deviations {
      try require(
        Self.isDeviation(deviation), "deviations", deviation, "numbers above 0 and below 1e6")
    }
    try require(Set(deviations).count == deviations.count, "deviations", deviations, "each once")
    try require(1...1_000_000 ~= draws, "draws", draws, "a number in 1 ... 1000000")
    try require(0...1_000_000 ~= steps, "steps", steps, "a number in 0 ... 1000000")
    try require(stepSize > 0 && stepSize.isFinite, "stepSize", stepSize, "a number above 0")
    try require(batchSize >= 1, "batchSize", batchSize, "at least 1")
  }

  /// Whether single precision can represent noise of this standard deviation.
  package static func isDeviation(_ value: Double) -> Bool { Float(value) > 0 && value < 1e6 }
}

extension Ablation {
  /// Throws `InputError` for invalid settings.
  public func check() throws {
    if kinds.isEmpty || Set(kinds).count != kinds.count {
      throw InputError(
        file: "ablation", field: "kinds", found: "\(kinds.map(\.rawValue))",
        expected: "relabel, extra, or both")
    }
    if !(fraction > 0 && fraction <= 100) {
      throw InputError(
        file: "ablation", field: "fraction", found: "\(fraction)",
        expected: "a number above 0, at most 100")
    }
    if includesExplicitBias, !type(of: study.model).supportsExplicitBias {
      throw InputError(
        file: type(of: study.model).name, field: "explicit_bias", found: "the arm with EBT",
        expected: "arms without the Explicit Bias Term, which this model does not support")
    }
  }
}
