import Foundation
import OutcropCore
import OutcropGraph
import OutcropReport

/// A grid of configurations: every combination of the listed values is one run.
///
/// The grid is a JSON object: `grid` lists values by field (of `net_params` or `params`, such as `L`,
/// `hidden_dim`, `n_heads`, `seed`, `explicit_bias`); `thresholds` are counted in every run, without
/// training anew; `config` names a published configuration file that the fields change, by default the
/// published GraphTransformer for ZINC.
///
///     {"grid": {"L": [4, 10], "explicit_bias": [false, true], "seed": [41, 42, 43], "epochs": [20]},
///      "thresholds": [100, 1000, 10000]}
public struct Sweep: Sendable {
  /// One combination of values.
  public struct Point: Sendable, Equatable {
    public let fields: [String: JSONValue]

    /// The combination in one line, the same for the same values.
    public var key: String { JSONValue.object(fields).description }
    /// What readers see: the values but for the seed.
    public var label: String {
      let parts = fields.filter { $0.key != "seed" }.sorted { $0.key < $1.key }
        .map { "\($0.key)=\($0.value.description)" }
      return parts.isEmpty ? "standard" : parts.joined(separator: ", ")
    }
  }

  /// The combinations, the last field changing fastest in the order of names.
  public let points: [Point]
  /// The first defines massive activations; all are counted at.
  public let thresholds: [Double]
  private let configuration: ExperimentConfiguration

  /// Reads a grid; throws `InputError`.
  public init(contentsOf file: String) throws {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw InputError(
        file: file, field: "(the file)", found: "no readable file", expected: "a JSON file")
    }
    try self.init(json: data, source: file)
  }

  init(json: Data, source: String) throws {
    guard let values = try? JSONDecoder().decode([String: JSONValue].self, from: json) else {
      throw InputError(
        file: source, field: "(the whole)", found: "no JSON object", expected: "a JSON object")
    }
    func error(_ field: String, _ expected: String) -> InputError {
      InputError(
        file: source, field: field, found: values[field]?.description ?? "nothing",
        expected: expected)
    }
    if let unknown = values.keys.sorted().first(where: { !Self.names.contains($0) }) {
      throw error(unknown, "one of \(Self.names.joined(separator: ", "))")
    }
    guard case .object(let grid)? = values["grid"] else {
      throw error("grid", "an object of lists, such as {\"L\": [4, 10]}")
    }
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
          guard case .number(let number) = entry, number > 0 else {
            throw error("thresholds", "a list of positive numbers")
          }
          return number
        }
      default: throw error("thresholds", "a list of positive numbers")
      }
    if thresholds.isEmpty { throw error("thresholds", "at least one threshold") }
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

  /// Trains and analyzes one point.
  ///
  /// - Parameter checkpoint: where the run's state goes, to continue from after an interruption.
  public func run(
    _ point: Point, on dataset: some ExampleDataset, checkpoint folder: String?,
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
    study.folder = folder
    study.resumes = true
    study.detection.threshold = thresholds[0]
    study.detection.furtherThresholds = thresholds
    var run = try study.run(on: dataset.prepared(for: model), observer: observer).runs[1]
    // A line is for tables: what only figures of one run need is left out.
    for index in run.layers.indices {
      run.layers[index].edge?.histogram = nil
      run.layers[index].edge?.batchMaxima = []
      run.layers[index].node?.histogram = nil
      run.layers[index].node?.batchMaxima = []
    }
    return run
  }
}

/// One line of a sweep's results.
public struct SweepLine: Codable, Sendable {
  public var key: String
  public var run: StudyResults.Run

  public init(_ point: Sweep.Point, _ run: StudyResults.Run) { (key, self.run) = (point.key, run) }

  /// The lines of a file; a last line that an interruption cut short is left out. None where there is no
  /// file.
  public static func all(in file: String) throws -> [SweepLine] {
    guard let data = FileManager.default.contents(atPath: file) else { return [] }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let lines = data.split(separator: UInt8(ascii: "\n"))
    return try lines.enumerated().compactMap { number, line in
      do {
        return try decoder.decode(SweepLine.self, from: line)
      } catch {
        if number == lines.count - 1, data.last != UInt8(ascii: "\n") { return nil }
        throw InputError(
          file: "\(file), line \(number + 1)", found: "\(error)", expected: "a line of a sweep")
      }
    }
  }

  /// The line as JSON, without its end.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(self)
  }
}
