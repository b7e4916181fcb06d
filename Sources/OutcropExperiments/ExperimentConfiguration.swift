import Foundation
import OutcropGraph
import OutcropModels

/// A published configuration file: `net_params` for the model, `params` for training, with changes from
/// the command line.
public struct ExperimentConfiguration: Sendable {
  private var source: String
  private var modelFields: [String: JSONValue]
  private var trainingFields: [String: JSONValue]
  /// `params` has its own names; whatever else is changed belongs to the model.
  private static let trainingNames: Set = [
    "epochs", "batch_size", "init_lr", "lr_reduce_factor", "lr_schedule_patience", "min_lr",
    "weight_decay", "seed",
  ]

  /// The published GraphTransformer for ZINC: 10 layers of width 64 with 8 heads.
  public static var standard: ExperimentConfiguration {
    ExperimentConfiguration(
      source: "the standard configuration",
      modelFields: [
        "L": .number(10), "hidden_dim": .number(64), "out_dim": .number(64), "n_heads": .number(8),
        "readout": .string("mean"),
      ], trainingFields: [:])
  }

  private init(
    source: String, modelFields: [String: JSONValue], trainingFields: [String: JSONValue]
  ) {
    self.source = source
    self.modelFields = modelFields
    self.trainingFields = trainingFields
  }

  /// Reads a published JSON file. Throws `ConfigurationError` when it is no such file.
  public init(contentsOf file: String) throws {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw ConfigurationError(
        source: file, field: "(the file)", found: "no readable file", expected: "a JSON file")
    }
    let values: [String: JSONValue]
    do {
      values = try JSONDecoder().decode([String: JSONValue].self, from: data)
    } catch {
      throw ConfigurationError(
        source: file, field: "(the whole)", found: "no JSON object", expected: "a JSON object")
    }
    func object(_ field: String) throws -> [String: JSONValue] {
      switch values[field] {
      case .object(let fields): return fields
      case nil: return [:]
      case let other?:
        throw ConfigurationError(
          source: file, field: field, found: other.description, expected: "an object")
      }
    }
    source = file
    modelFields = try object("net_params")
    trainingFields = try object("params")
    if modelFields.isEmpty {
      throw ConfigurationError(
        source: file, field: "net_params", found: "nothing", expected: "the model's fields")
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

  /// Changes one field from text such as `L=4` or `readout=sum`.
  public mutating func set(assignment: String) throws {
    let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw ConfigurationError(
        source: "--set \(assignment)", field: assignment, found: "no `=`",
        expected: "field=value, such as L=4")
    }
    let value = try? JSONDecoder().decode(JSONValue.self, from: Data(parts[1].utf8))
    set(parts[0], value ?? .string(parts[1]))
  }

  /// The training part.
  public func training() throws -> TrainingConfiguration {
    try TrainingConfiguration(ConfigurationFields(trainingFields, source: "\(source), `params`"))
  }

  /// The model part, with vocabularies and outputs as `dataset` needs them where the file is silent.
  public func model(for dataset: GraphDataset) throws -> GraphTransformerConfiguration {
    var fields = modelFields
    for (field, needed) in [
      ("num_atom_type", dataset.nodeTypeCount), ("num_bond_type", dataset.edgeTypeCount),
      ("num_classes", dataset.outputCount),
    ] {
      guard case .number(let given)? = fields[field] else {
        fields[field] = .number(Double(max(1, needed)))
        continue
      }
      if given < Double(needed) {
        throw ConfigurationError(
          source: source, field: field, found: "\(given)",
          expected: "at least \(needed), which \(dataset.name) has")
      }
    }
    if fields["wl_pos_enc"] == .bool(true), fields["max_wl_role_index"] == nil {
      fields["max_wl_role_index"] = .number(
        Double(max(37, dataset.addingWeisfeilerLehmanRoles().weisfeilerLehmanRoleCount)))
    }
    return try GraphTransformerConfiguration(
      ConfigurationFields(fields, source: "\(source), `net_params`"))
  }
}

extension GraphDataset {
  /// This data set with the encodings that a model asks for, and what it needs checked.
  public func prepared(for configuration: GraphTransformerConfiguration) throws -> GraphDataset {
    let first = (train + validation + test).first
    if first?.nodeTypes?.columns != 1 {
      throw ConfigurationError(
        source: name, field: "node types", found: "\(first?.nodeTypes?.columns ?? 0) columns",
        expected: "one type of each node for a GraphTransformer")
    }
    if configuration.usesEdgeFeatures, first?.edgeTypes?.columns != 1 {
      throw ConfigurationError(
        source: name, field: "edge types", found: "\(first?.edgeTypes?.columns ?? 0) columns",
        expected: "one type of each edge, or edge_feat=false")
    }
    var result = self
    if configuration.usesLaplacianEncoding {
      result = result.addingLaplacianEncoding(columns: configuration.encodingWidth)
    }
    if configuration.usesWeisfeilerLehmanEncoding { result = result.addingWeisfeilerLehmanRoles() }
    return result
  }
}
