import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics

/// A grid of configurations: every combination of the listed values is one run.
///
/// The grid is a JSON object with these fields:
///
/// - `grid` lists values for fields of `net_params` or `params`, such as `L`, `hidden_dim`, `n_heads`, `seed`
///   and `explicit_bias`.
/// - `thresholds` are the thresholds at which massive activations are counted in every run.
/// - `config` is the path of a published configuration file, in which the fields are changed; the default is
///   the published GraphTransformer for ZINC.
///
///     {"grid": {"L": [4, 10], "explicit_bias": [false, true], "seed": [41, 42, 43], "epochs": [20]},
///      "thresholds": [100, 1000, 10000]}
public struct Sweep: Sendable {
  /// One combination of values.
  public struct Point: Sendable, Equatable {
    /// The value of each field.
    public let fields: [String: JSONValue]

    /// The combination as one line of JSON, the same for the same values.
    public var key: String { JSONValue.object(fields).description }
    /// Whether the combination has a value for the field.
    func sets(_ field: String) -> Bool {
      fields[field] != nil || fields[ExperimentConfiguration.standardName(field)] != nil
    }

    /// The name for readers: all values except the seed.
    public var label: String {
      let parts = fields.filter { $0.key != "seed" }.sorted { $0.key < $1.key }
        .map { "\($0.key)=\($0.value.description)" }
      return parts.isEmpty ? "standard" : parts.joined(separator: ", ")
    }
  }

  /// The combinations. Fields are in the order of their names, and the last one changes fastest.
  public let points: [Point]
  /// The thresholds at which ratios are counted. The first one defines massive activations.
  public let thresholds: [Double]
  private let configuration: ExperimentConfiguration
  /// The grid's file.
  private let source: String

  /// Reads a grid; throws `InputError`.
  public init(contentsOf file: String) throws {
    try self.init(json: SystemFiles.read(file), source: file)
  }

  init(json: Data, source: String) throws {
    self.source = source
    let values = try JSON.decode([String: JSONValue].self, from: json, file: source)
    func error(_ field: String, _ expected: String) -> InputError {
      InputError(
        file: source, field: field, found: values[field]?.description ?? "nothing",
        expected: expected)
    }
    if let unknown = values.keys.sorted().first(where: { !Self.names.contains($0) }) {
      throw error(
        unknown, "no field of this name; the fields are \(Self.names.joined(separator: ", "))")
    }
    guard case .object(let grid)? = values["grid"] else {
      throw error("grid", "an object of lists, such as {\"L\": [4, 10]}")
    }
    if grid.isEmpty { throw error("grid", "at least one field with its values") }
    var points = [[String: JSONValue]()]
    for (field, value) in grid.sorted(by: { $0.key < $1.key }) {
      guard case .array(let choices) = value, !choices.isEmpty else {
        throw error("grid", "a list of values for `\(field)`, found \(value.description)")
      }
      points = points.flatMap { point in
        choices.map { choice in point.merging([field: choice]) { $1 } }
      }
      if points.count > 100_000 { throw error("grid", "at most 100,000 combinations") }
    }
    self.points = points.map { Point(fields: $0) }
    if Set(self.points.map(\.key)).count != points.count {
      throw error("grid", "different values in each list")
    }
    thresholds =
      switch values["thresholds"] {
      case nil: [1000]
      case .array(let list)?:
        try list.map { entry in
          guard case .number(let number) = entry, DetectionOptions.isThreshold(number) else {
            throw error(
              "thresholds", "a list of numbers, each \(DetectionOptions.expectedThreshold)")
          }
          return number
        }
      default: throw error("thresholds", "a list of positive numbers")
      }
    if thresholds.isEmpty { throw error("thresholds", "at least one threshold") }
    if Set(thresholds).count != thresholds.count {
      throw error("thresholds", "different thresholds")
    }
    switch values["config"] {
    case nil: configuration = .standard
    case .string(let path)?:
      let folder = URL(fileURLWithPath: source).deletingLastPathComponent()
      configuration = try ExperimentConfiguration(
        contentsOf: URL(fileURLWithPath: path, relativeTo: folder).path)
    default: throw error("config", "the name of a configuration file")
    }
  }

  private static let names = ["config", "grid", "thresholds"]

  /// The configuration of a point.
  public func configuration(of point: Point) -> ExperimentConfiguration {
    var result = configuration
    for (field, value) in point.fields { result.set(field, value) }
    return result
  }

  /// Throws `InputError` if one of the points has an invalid configuration, or a model that does not fit
  /// `dataset`. Trains nothing and computes no encodings.
  public func check(on dataset: some ExampleDataset) throws {
    try dataset.checkExamples(in: [.train, .test])
    var checked: Set<String> = []
    // What each field of the grid needs, as long as no combination has it.
    var needs: [String: String] = [:]
    for (index, point) in points.enumerated() {
      do {
        let model = try check(point, on: dataset, &checked)
        let training = try configuration(of: point).training()
        for field in point.fields.keys where index == 0 || needs[field] != nil {
          needs[field] = ExperimentConfiguration.unmetNeed(of: field, model, training, dataset)
        }
      } catch let error as InputError where error.field.map(point.sets) == true {
        // The grid sets the field, whatever file the other fields are in.
        throw InputError(
          error.kind, file: source, field: "grid, \(point.label)", found: error.found,
          expected: error.expected)
      }
    }
    if let (field, need) = needs.min(by: { $0.key < $1.key }) {
      throw InputError(
        file: source, field: "grid.\(field)",
        found: "a field that has no effect in any combination", expected: need)
    }
  }

  private func check(
    _ point: Point, on dataset: some ExampleDataset, _ checked: inout Set<String>
  ) throws -> any ModelArchitecture {
    let configuration = configuration(of: point)
    try configuration.training().check()
    let model = try configuration.model(for: dataset)
    // Most points differ only in fields that have no effect on this check.
    let demands = JSONValue.object(
      model.fields.filter { !Self.namesApartFromData.contains($0.key) })
    if checked.insert("\(type(of: model).name) \(demands)").inserted {
      try model.checkFeatures(dataset)
    }
    return model
  }

  private static let namesApartFromData: Set = [
    "L", "n_heads", "in_feat_dropout", "dropout", "readout", "layer_norm", "batch_norm", "residual",
    "explicit_bias", "explicit_bias_use", "explicit_bias_strength", "use_bias", "O_linear",
  ]

  /// Everything that the result of a point depends on: data, model, training, thresholds, medians and the
  /// version of this program. A run is repeated if any of these has changed.
  ///
  /// - Parameters:
  ///   - point: the combination.
  ///   - dataset: the data.
  ///   - medians: the medians by which ratios are divided.
  public func context(
    of point: Point, on dataset: some ExampleDataset, medians: [MedianKind] = MedianKind.allCases
  ) throws -> JSONValue {
    guard case .object(var fields) = try trainingContext(of: point, on: dataset) else {
      return .null
    }
    fields["thresholds"] = .array(thresholds.map { .number($0) })
    fields["medians"] = .array(medians.map { .string($0.rawValue) })
    return .object(fields)
  }

  /// The part of the context that training depends on.
  private func trainingContext(
    of point: Point, on dataset: some ExampleDataset
  ) throws -> JSONValue {
    let configuration = configuration(of: point)
    let model = try configuration.model(for: dataset)
    return .object([
      "data": .string(dataset.checksum), "task": .string("\(dataset.task)"),
      "model": .string(type(of: model).name), "net_params": .object(model.fields),
      "params": .object(TrainingConfiguration.fields.written(try configuration.training())),
      "version": .string(OutcropVersion.string),
    ])
  }

  /// Trains and analyzes one point.
  ///
  /// - Parameters:
  ///   - point: the combination.
  ///   - dataset: the data.
  ///   - folder: the folder for the state of runs, from which an interrupted sweep continues. Each run has a
  ///     folder there, whose name is a digest of everything that its training depends on.
  ///   - medians: the medians by which ratios are divided.
  ///   - observer: reports the run.
  public func run(
    _ point: Point, on dataset: some ExampleDataset, checkpoint folder: String?,
    medians: [MedianKind] = MedianKind.allCases,
    observer: (any Study.Observer)? = nil
  ) throws -> StudyResults.Run {
    let configuration = configuration(of: point)
    let model = try configuration.model(for: dataset)
    var study = Study(model: model, training: try configuration.training())
    study.arms = [
      .base,
      StudyArm(
        kind: model.hasExplicitBias ? .ebt : .trained, label: point.label,
        bias: model.hasExplicitBias ? model.explicitBiasStrength : nil),
    ]
    let digest = XXHash64.digest(
      Array(try trainingContext(of: point, on: dataset).description.utf8))
    study.folder = folder.map { "\($0)/\(XXHash64.hexadecimal(digest))" }
    study.resumes = true
    study.detection.threshold = thresholds[0]
    study.detection.medians = medians
    study.detection.furtherThresholds = thresholds
    var run = try study.run(on: dataset.prepared(for: model), observer: observer).runs[1]
    // A sweep's report has no figures of single runs, so the fields for these are left out.
    for index in run.layers.indices {
      for median in MedianKind.allCases {
        run.layers[index].edge?[median]?.histogram = nil
        run.layers[index].edge?[median]?.batchMaxima = []
        run.layers[index].node?[median]?.histogram = nil
        run.layers[index].node?[median]?.batchMaxima = []
      }
    }
    return run
  }
}

/// One line of a sweep's results.
public struct SweepLine: Codable, Sendable {
  /// The combination, see `Sweep.Point.key`.
  public var key: String
  /// What the run depends on, see `Sweep.context(of:on:medians:)`; nil in lines of older versions.
  public var context: JSONValue?
  /// The run's results.
  public var run: StudyResults.Run

  /// The line of a run of `point`.
  public init(_ point: Sweep.Point, _ run: StudyResults.Run, context: JSONValue? = nil) {
    (key, self.context, self.run) = (point.key, context, run)
  }

  /// The lines of a file, without an incomplete last line, which an interruption can leave; empty if there is
  /// no file. Throws `InputError` for a line of another layout, or with a count, an epoch or a threshold that is
  /// out of range.
  public static func all(in file: String) throws -> [SweepLine] {
    guard let data = try SystemFiles.readIfPresent(file) else { return [] }
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var check = ResultsCheck(file: file)
    return try lines.enumerated().compactMap { number, line in
      if line.isEmpty { return nil }
      let found: SweepLine
      do {
        found = try JSON.decode(SweepLine.self, from: line, file: file, line: number + 1)
      } catch {
        if number == lines.count - 1 { return nil }
        throw error
      }
      check.line = number + 1
      try check.check(found.run, at: "run")
      return found
    }
  }

  /// The line as JSON, without the newline.
  public func json() throws -> Data {
    try JSON.encode(self)
  }
}
