import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels

/// A published configuration file, with changes from the command line: `net_params` has the fields of the
/// model, `params` those of training.
public struct ExperimentConfiguration: Sendable {
  private var source: String
  /// The name of the model that the file or the user gives; nil if neither gives one.
  private var modelName: String?
  private var modelFields: [String: JSONValue]
  private var trainingFields: [String: JSONValue]
  /// The names of fields of `params`; all other fields belong to the model.
  private static let trainingNames = Set(TrainingConfiguration.fields.map(\.name))

  /// The published GraphTransformer for ZINC: 10 layers of width 64 with 8 heads.
  public static var standard: ExperimentConfiguration { published("GT") }

  /// The published ZINC configuration of a model (`GT`, `SAN`, `GraphiT`). None is published for EGAT, for
  /// which it is that of GT.
  public static func published(_ model: String) -> ExperimentConfiguration {
    let small = model == "SAN" || model == "GraphiT"
    let width = model == "SAN" ? 56.0 : 64
    return ExperimentConfiguration(
      source: "the standard configuration", modelName: model,
      modelFields: [
        "L": .number(10), "hidden_dim": .number(width), "out_dim": .number(width),
        "n_heads": .number(8), "readout": .string(small ? "sum" : "mean"),
      ],
      trainingFields: small
        ? [
          "batch_size": .number(32), "lr_schedule_patience": .number(25),
          "init_lr": .number(model == "SAN" ? 7e-4 : 3e-4),
        ] : [:])
  }

  private init(
    source: String, modelName: String?, modelFields: [String: JSONValue],
    trainingFields: [String: JSONValue]
  ) {
    self.source = source
    self.modelName = modelName
    self.modelFields = modelFields
    self.trainingFields = trainingFields
  }

  /// Reads a published JSON file. Throws `InputError` if it is not such a file.
  public init(contentsOf file: String) throws {
    let values = try JSON.read([String: JSONValue].self, path: file)
    func object(_ field: String) throws -> [String: JSONValue] {
      switch values[field] {
      case .object(let fields): return fields
      case nil: return [:]
      case let other?:
        throw InputError(
          file: file, field: field, found: other.description, expected: "an object")
      }
    }
    source = file
    switch values["model"] {
    case nil: break
    case .string(let name)?: modelName = name
    case let other?:
      throw InputError(
        file: file, field: "model", found: other.description, expected: "the name of a model")
    }
    modelFields = try object("net_params")
    trainingFields = try object("params")
    if modelFields.isEmpty {
      throw InputError(
        file: file, field: "net_params", found: "nothing", expected: "the model's fields")
    }
  }

  /// Changes one field, of `params` or of `net_params`.
  public mutating func set(_ field: String, _ value: JSONValue) {
    if Self.trainingNames.contains(field) {
      trainingFields[field] = value
    } else {
      modelFields[field] = value
    }
  }

  /// Throws `InputError` if one of `fields`, which the user sets for this run, has no effect on `model` or on
  /// training on `dataset`. Fields of files are not checked: published files have some.
  ///
  /// - Parameter changesBias: whether the experiment also trains models with the Explicit Bias Term.
  package static func checkEffects(
    of fields: [String], on model: some ModelArchitecture, _ training: TrainingConfiguration,
    _ dataset: some ExampleDataset, changesBias: Bool
  ) throws {
    let trained = changesBias ? model.withExplicitBias(true) : model
    for field in fields {
      if let need = unmetNeed(of: field, trained, training, dataset) {
        throw InputError(
          file: "--set \(field)", found: "a field that has no effect here",
          expected: need)
      }
    }
  }

  /// What `model`, training and data would need for a field to have an effect; nil if it has one.
  static func unmetNeed(
    of field: String, _ model: some ModelArchitecture, _ training: TrainingConfiguration,
    _ dataset: some ExampleDataset
  ) -> String? {
    switch field {
    case "fan_outs" where dataset is GraphDataset: "one large graph, whose neighbors are sampled"
    case "exact_batch_moments" where training.shardCount == 1: "shards above 1"
    case _ where trainingNames.contains(field):
      TrainingConfiguration.fields.first { $0.name == field }?.need == nil
        ? nil : "a field that training uses"
    default: model.unmetNeed(of: field)
    }
  }

  /// Changes one field from text such as `L=4` or `readout=sum`.
  public mutating func set(assignment: String) throws {
    let (field, value) = try Self.assignment(assignment)
    set(field, value)
  }

  /// The field and value of text such as `L=4`. A value that is not JSON is a string.
  package static func assignment(_ text: String) throws -> (field: String, value: JSONValue) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw InputError(
        file: "--set \(text)", field: text,
        found: "no `=` with a field before and a value after it",
        expected: "field=value, such as L=4")
    }
    let value = try? JSON.decode(JSONValue.self, from: Data(parts[1].utf8), file: "--set")
    return (parts[0], value ?? .string(parts[1]))
  }

  /// Throws `InputError` if the field cannot have the value `value`, regardless of other fields. Fields that
  /// only some models have are not checked.
  package static func check(_ field: String, _ value: JSONValue, source: String) throws {
    if let known = TrainingConfiguration.fields.first(where: { $0.name == field }) {
      try known.check(value, of: TrainingConfiguration(), source: source)
    }
    if let known = ModelConfiguration.fields.first(where: { $0.names.contains(field) }) {
      try known.check(value, of: ModelConfiguration(), source: source)
    }
  }

  /// This package's name of a field that is named `field` in other repositories.
  package static func standardName(_ field: String) -> String {
    ModelConfiguration.fields.first { $0.names.contains(field) }?.name ?? field
  }

  /// The configuration of training. Throws `InputError` for a wrong field.
  public func training() throws -> TrainingConfiguration {
    try TrainingConfiguration(ConfigurationFields(trainingFields, source: "\(source), `params`"))
  }

  /// The model's name in the catalog.
  ///
  /// If neither the user nor the file gives one, it is EGAT if `gat` is set, SAN if fields have the names of
  /// SAN's repository, and GT otherwise.
  public var model: String {
    if modelFields["gat"] == .bool(true) { return "EGAT" }
    if let modelName { return Self.publishedNames[modelName] ?? modelName }
    return modelFields["GT_layers"] != nil ? "SAN" : "GT"
  }

  /// Uses the model of that name in the catalog.
  public mutating func set(model: String) {
    modelName = model
    modelFields["gat"] = nil
  }

  /// The models' names in published files.
  private static let publishedNames = [
    "GraphTransformer": "GT", "Transformer": "GT", "SAN_NodeLPE": "SAN", "SAN_EdgeLPE": "SAN",
  ]

  /// The configuration of the model. Features and outputs that the file does not give are those that
  /// `dataset` needs. Throws `InputError` for a wrong field and for fields that do not fit `dataset`.
  public func model(for dataset: some ExampleDataset) throws -> any ModelArchitecture {
    var fields = modelFields
    for (name, count, kind) in [
      ("node_features", "num_atom_type", FeatureKind(nodesOf: dataset)),
      ("edge_features", "num_bond_type", FeatureKind(edgesOf: dataset)),
    ] where fields[name] == nil {
      switch kind {
      case .categories(let needed):
        fields[count] = try atLeast(needed, fields[count], count, dataset.name)
      case .joined(.categories(let needed), let attributes):
        let given = try atLeast(needed, fields[count], count, dataset.name)
        fields[count] = nil
        fields[name] = .object(["types": given, "linear": .number(Double(attributes))])
      default:
        // The file's number of categories is that of another data set.
        fields[name] = kind.field
      }
    }
    let outputs = fields["n_classes"] == nil ? "num_classes" : "n_classes"
    let needed = JSONValue.number(Double(max(1, dataset.outputCount)))
    if let given = fields[outputs], given != needed {
      throw InputError(
        file: source, field: outputs, found: given.description,
        expected: "\(needed), the outputs that \(dataset.name) needs",
        hint: "leave the field out, or set it with --set \(outputs)=\(needed)")
    }
    fields[outputs] = needed
    if fields["wl_pos_enc"] == .bool(true), fields["max_wl_role_index"] == nil,
      let graphs = dataset as? GraphDataset
    {
      fields["max_wl_role_index"] = .number(
        Double(max(37, graphs.addingWeisfeilerLehmanRoles().weisfeilerLehmanRoleCount)))
    }
    let result = try ModelCatalog.configuration(
      model, ConfigurationFields(fields, source: "\(source), `net_params`"))
    // Parameters, gradients and two moments.
    try result.checkMemory(copies: 4, source: source)
    return result
  }

  /// An Explicit Bias Term of that kind, with the `explicit_bias_…` fields of this configuration. Throws
  /// `InputError` for a wrong field.
  public func explicitBias(
    _ kind: ExplicitBiasStrength.Kind
  ) throws -> ExplicitBiasStrength {
    var fields = modelFields
    fields["explicit_bias_strength"] = .string(kind.rawValue)
    var reading = ConfigurationFields(fields, source: "\(source), `net_params`")
    return try ExplicitBiasStrength(&reading)
  }

  private func atLeast(
    _ needed: Int, _ given: JSONValue?, _ field: String, _ name: String
  ) throws -> JSONValue {
    guard case .number(let number)? = given else { return .number(Double(max(1, needed))) }
    if number >= Double(needed) { return .number(number) }
    throw InputError(
      file: source, field: field, found: "\(number)",
      expected: "at least \(needed), which \(name) has")
  }
}
