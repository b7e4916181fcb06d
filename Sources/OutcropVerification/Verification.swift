import Foundation
import OutcropCore
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor

/// Compares a model with results of PyTorch that are stored in a golden file.
public enum Verification {
  /// Builds the file's model in `Scalar`, repeats the stored computations and compares every stored
  /// quantity: evaluation scores and activations, training scores, loss, gradients, statistics, and
  /// five Adam steps. In `Double`, values stored in float64 are compared too.
  ///
  /// Throws `InputError` if the file is invalid, or contains a result that cannot be compared.
  public static func run<Scalar: TensorScalar>(
    _ file: SafetensorsFile, _: Scalar.Type = Scalar.self
  ) throws -> [Comparison] {
    let golden = try GoldenFile(file)
    let model: any GraphModel<Scalar> = try ModelCatalog.make(golden.model, golden.fields, seed: 0)
    return try run(golden, model)
  }

  private static func run<Model: GraphModel>(
    _ golden: GoldenFile, _ model: Model
  ) throws -> [Comparison] {
    try VerificationRun(golden, model).run()
  }
}

private final class VerificationRun<Model: GraphModel> {
  private typealias Scalar = Model.Scalar
  private let golden: GoldenFile
  private let model: Model
  private let batch: GraphBatch
  private let targets: Targets<Scalar>
  private var comparisons: [Comparison] = []

  init(_ golden: GoldenFile, _ model: Model) throws {
    self.golden = golden
    self.model = model
    batch = try golden.batch()
    targets = Targets(batch, task: golden.task)
    try golden.load(into: model)
    if let problem = model.problem(with: batch) {
      throw InputError(
        file: golden.file.path, found: problem,
        expected: "a batch that fits the configuration in the metadata")
    }
  }

  func run() throws -> [Comparison] {
    try evaluation()
    let (scores, loss) = trainingPass()
    try compare("out/train", scores, "train")
    try compare("out/loss", loss, "train")
    try gradients()
    try statistics("bn_after/", gaps: try MeasuredGaps.ofStatistics(golden))
    try adamSteps()
    try checkCoverage()
    return comparisons
  }

  /// Throws if a stored result was not compared, or if there are no stored results.
  private func checkCoverage() throws {
    let compared = Set(comparisons.map(\.quantity))
    let left = golden.names("zero_gradient_parameters")
    for name in golden.file.names where !compared.contains(name) {
      let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
      guard parts.count == 2, Self.results.contains(parts[0]) else { continue }
      if Scalar.self != Double.self && name.hasSuffix(".f64") || left.contains(parts[1]) {
        continue
      }
      throw InputError(
        file: golden.file.path, found: "a stored `\(name)`",
        expected: "only results that a \(golden.model) of this configuration has")
    }
    if comparisons.isEmpty {
      throw InputError(
        file: golden.file.path, found: "no stored results",
        expected: "tensors under \(Self.results.map { "\($0)/" }.joined(separator: ", "))")
    }
  }

  /// The prefixes of stored results.
  private static var results: [String] {
    ["out", "act", "actsig", "grad", "gradrows", "gradsig", "bn_after", "steps5", "after5"]
  }

  private func evaluation() throws {
    let recorder = ActivationRecorder<Scalar>()
    let scores = withoutGradients { model(batch, .evaluation(observers: [recorder])) }
    if scores.shape != [batch.labeledCount, batch.targetCount] {
      throw InputError(
        file: golden.file.path, found: "`graph/labels` with \(batch.targetCount) targets",
        expected: "\(scores.shape[1]), the outputs of the model")
    }
    try compare("out/eval", scores, "eval")
    for (kind, letter) in [(ActivationKind.edge, "e"), (.node, "h")] {
      for layer in 0..<10_000 {
        guard let values = recorder.single(kind, layer) else { break }
        try compare("act/\(letter)/\(layer)", values, "eval")
        try compareSignature("actsig/\(letter)/\(layer)", values, "eval")
      }
    }
  }

  /// One training pass, forward and backward, after gradients are cleared.
  private func trainingPass() -> (scores: Tensor<Scalar>, loss: Tensor<Scalar>) {
    model.zeroGradients()
    let pass = TrainingPass(model, batch, targets)
    pass.loss.backward()
    return (pass.scores.detached, pass.loss.detached)
  }

  /// Every parameter under each of its names.
  private var named: [(name: String, parameter: Parameter<Scalar>)] {
    model.state.compactMap { entry in
      if case .parameter(let parameter) = entry.content { (entry.name, parameter) } else { nil }
    }
  }

  private func gradients() throws {
    var results = try gradients(movements: [:])
    if Scalar.self == Float.self, results.contains(where: { !$0.passes }) {
      results = try gradients(movements: MeasuredGaps.ofGradients(golden))
    }
    comparisons += results
  }

  /// The comparisons of gradients, which rounding moves in addition to the stated gap.
  private func gradients(
    movements: [String: MeasuredGaps.Movement]
  ) throws -> [Comparison] {
    let gap =
      golden.gap("f32_vs_f64_grad_max_abs_over_grad_max_abs") * golden.gap("grad_max_abs")
    let left = golden.names("zero_gradient_parameters")
    let fraction = VerificationTolerance.gradients
    var results: [Comparison] = []
    for (name, parameter) in named where !left.contains(name) {
      // A parameter that the loss does not depend on has no gradient; the file contains zeros for it.
      let gradient = (parameter.gradient ?? .zeros(parameter.shape)).values.map { Double($0) }
      let movement = movements[name] ?? MeasuredGaps.Movement()
      if golden.file.contains("grad/\(name)") {
        results.append(
          Comparison(
            "grad/\(name)", computed: gradient, stored: try golden.file.doubles("grad/\(name)"),
            gap: gap, fraction: fraction, movement: movement.element))
      }
      if golden.file.contains("gradrows/\(name)") {
        let rows = try golden.file.doubles("gradrows/\(name)")
        results.append(
          Comparison(
            "gradrows/\(name)", computed: Array(gradient.prefix(rows.count)), stored: rows,
            gap: gap, fraction: fraction, movement: movement.element))
      }
      if golden.file.contains("gradsig/\(name)") {
        results.append(
          Comparison(
            "gradsig/\(name)", computed: gradient,
            signature: try golden.file.doubles("gradsig/\(name)"), gap: gap, fraction: fraction,
            movement: movement.signature))
      }
    }
    return results
  }

  /// Compares statistics stored under `prefix`; counters must be equal.
  private func statistics(_ prefix: String, gaps: [String: Double]) throws {
    for entry in model.state where golden.file.contains(prefix + entry.name) {
      switch entry.content {
      case .statistic(let statistic):
        add(
          prefix + entry.name, statistic.value.values.map { Double($0) },
          try golden.file.doubles(prefix + entry.name), gaps[entry.name] ?? 0,
          VerificationTolerance.values)
      case .counter(let counter):
        add(
          prefix + entry.name, [Double(counter.value)],
          try golden.file.doubles(prefix + entry.name, .rounding), 0, 0)
      case .parameter: break
      }
    }
  }

  private func adamSteps() throws {
    guard golden.file.contains("steps5/losses") else { return }
    try golden.load(into: model)
    let optimizer = Adam(model, learningRate: try learningRate())
    var losses: [Scalar] = []
    for _ in 0..<5 {
      losses.append(trainingPass().loss.scalar)
      optimizer.step()
    }
    // Adam turns rounding errors into steps of the size of the learning rate. The difference of the two
    // stored runs bounds the effect on the losses, but at most the stated gap of the parameters is allowed.
    let drift = try min(
      golden.storedDifference("steps5/losses"), golden.gap("after5_f32_vs_f64_max_abs"))
    try compare("steps5/losses", Tensor(losses), "train", gap: drift)
    let gap = golden.gap("after5_f32_vs_f64_max_abs")
    let left = golden.names("zero_gradient_parameters")
    for (name, parameter) in named
    where golden.file.contains("after5/\(name)") && !left.contains(name) {
      add(
        "after5/\(name)", parameter.value.values.map { Double($0) },
        try golden.file.doubles("after5/\(name)"), gap, VerificationTolerance.gradients)
    }
    let moved = try MeasuredGaps.leftOutParameters(golden, learningRate: optimizer.learningRate)
    try statistics("after5/", gaps: moved.mapValues { max($0, gap) })
  }

  /// The learning rate in the metadata's `optimizer`, such as `Adam lr=7e-4 …`.
  private func learningRate() throws -> Double {
    let words = (golden.file.metadata["optimizer"] ?? "").split(separator: " ")
    guard words.first == "Adam",
      let value = words.first(where: { $0.hasPrefix("lr=") }).flatMap({ Double($0.dropFirst(3)) })
    else {
      throw InputError(
        file: golden.file.path,
        found: "metadata `optimizer` \"\(golden.file.metadata["optimizer"] ?? "")\"",
        expected: "Adam lr=…")
    }
    return value
  }

  /// Compares with the stored float32 tensor and, in `Double`, also with the float64 tensor.
  private func compare(
    _ name: String, _ value: Tensor<Scalar>, _ gap: String, gap least: Double = 0
  ) throws {
    let computed = value.values.map { Double($0) }
    if golden.file.contains(name) {
      add(
        name, computed, try golden.file.doubles(name),
        max(least, golden.gap("f32_vs_f64_\(gap)_max_abs")),
        VerificationTolerance.values)
    }
    if Scalar.self == Double.self, golden.file.contains(name + ".f64") {
      add(
        name + ".f64", computed, try golden.file.doubles(name + ".f64"), 0,
        VerificationTolerance.doubles)
    }
  }

  private func compareSignature(_ name: String, _ value: Tensor<Scalar>, _ gap: String) throws {
    guard golden.file.contains(name) else { return }
    comparisons.append(
      Comparison(
        name, computed: value.values.map { Double($0) }, signature: try golden.file.doubles(name),
        gap: golden.gap("f32_vs_f64_\(gap)_max_abs"), fraction: VerificationTolerance.values))
  }

  private func add(
    _ name: String, _ computed: [Double], _ stored: [Double], _ gap: Double, _ fraction: Double
  ) {
    comparisons.append(
      Comparison(name, computed: computed, stored: stored, gap: gap, fraction: fraction))
  }
}
