import Foundation
import OutcropCore
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor

/// A stored case of a published model: inputs, parameters, and the results of PyTorch.
///
/// The case is a safetensors file. Parameters have their published names; `graph/…` are the inputs, `out/…`
/// scores and loss, `act/…` recorded activations, `grad/…` gradients, `bn_after/…` statistics after one
/// training pass, `steps5/losses` and `after5/…` the results of five Adam steps. The metadata has `model`,
/// `config` (published fields as JSON) and the float32–float64 gaps of the case.
struct GoldenFile {
  let file: SafetensorsFile
  let model: String
  let fields: ConfigurationFields

  init(_ file: SafetensorsFile) throws {
    self.file = file
    model = try Self.metadata(file, "model")
    var fields = try ConfigurationFields(
      json: Data(Self.metadata(file, "config").utf8), source: "\(file.path), metadata `config`")
    try Self.complete(&fields, file)
    self.fields = fields
  }

  /// Adds settings that published configurations do not contain: the features of the data set, and deviations
  /// of the released program from the formula.
  private static func complete(_ fields: inout ConfigurationFields, _ file: SafetensorsFile) throws
  {
    func categories(_ field: String) -> JSONValue { fields.value(field) ?? .number(1) }
    func columns(_ name: String) throws -> Int {
      guard file.contains("graph/\(name)") else { return 1 }
      let shape = try file.entry("graph/\(name)").shape
      return shape.count == 2 ? shape[1] : 1
    }
    for (name, field, count, vocabularies) in [
      ("node_feat", "node_features", categories("num_atom_type"), OGBVocabulary.atoms),
      ("edge_feat", "edge_features", categories("num_bond_type"), OGBVocabulary.bonds),
    ] where !fields.has(field) {
      let width = try columns(name)
      if width == vocabularies.count {
        fields.set(field, .array(vocabularies.map { .number(Double($0)) }))
      } else if width > 1 {
        fields.set(field, .object(["categories": count, "columns": .number(Double(width))]))
      }
    }
    if let width = try? file.entry("graph/block0/edge_feat").shape.last,
      !fields.has("edge_features")
    {
      fields.set("edge_features", .object(["linear": .number(Double(width))]))
    }
    let names = (file.metadata["parameter_order"] ?? "").split(separator: ",").map(String.init)
    let still = Self.names(file, "unused_parameters").union(
      Self.names(file, "zero_gradient_parameters"))
    if fields.value("explicit_bias") == .bool(true) {
      if !(names + file.names).contains(where: { $0.hasSuffix("k_bias") }) {
        // SAN's released layer for proteins does not pass the switch to its attention.
        fields.set("explicit_bias", .bool(false))
      } else if still.contains(where: { $0.hasSuffix("K.weight") }) {
        fields.set(
          "explicit_bias_use", .string(ExplicitBiasUse.weightsFromBiasAlone.rawValue))
      }
    }
    if Self.names(file, "unused_parameters").contains("layers.0.fc_nodes.weight") {
      fields.set("project_block_messages", .bool(false))
    }
  }

  /// The task, from the metadata's `loss`.
  var task: GraphDataset.Task {
    (file.metadata["loss"] ?? "").contains("binary cross entropy")
      ? .binaryClassification : .regression
  }

  private static func metadata(_ file: SafetensorsFile, _ key: String) throws -> String {
    guard let value = file.metadata[key] else {
      throw InputError(
        file: file.path, found: "no metadata `\(key)`", expected: "a metadata entry `\(key)`")
    }
    return value
  }

  /// A number from the metadata; 0 if the file does not contain a finite one.
  func gap(_ key: String) -> Double {
    file.metadata[key].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } ?? 0
  }

  /// The largest difference between a tensor's float32 and float64 versions; 0 unless both are stored.
  func storedDifference(_ name: String) throws -> Double {
    guard file.contains(name), file.contains(name + ".f64") else { return 0 }
    return try zip(file.doubles(name), file.doubles(name + ".f64"))
      .map { ($0 - $1).magnitude }.max() ?? 0
  }

  /// The parameters in a list in the metadata.
  func names(_ key: String) -> Set<String> { Self.names(file, key) }

  private static func names(_ file: SafetensorsFile, _ key: String) -> Set<String> {
    Set((file.metadata[key] ?? "").split(separator: ",").map(String.init))
  }

  /// The tensors `prefix…`, by the rest of their names.
  func names(under prefix: String) -> [String] {
    file.names.filter { $0.hasPrefix(prefix) && !$0.hasSuffix(".f64") }
      .map { String($0.dropFirst(prefix.count)) }
  }

  /// Loads the case's parameters and statistics into `module`.
  func load<Scalar>(into module: some Module<Scalar>) throws {
    guard file.metadata["hashed_parameters"] == "1" else {
      try module.load(from: file)
      return
    }
    guard let seed = file.metadata["seed"].flatMap({ UInt64($0) }) else {
      throw InputError(file: file.path, found: "no metadata `seed`", expected: "a number")
    }
    try fill(module, "parameter_order", seed)
    try fill(module, "buffer_order", seed &+ 500_009)
    let listed = names("parameter_order").union(names("buffer_order"))
    var filled: Set<ObjectIdentifier> = []
    for entry in module.state where listed.contains(entry.name) {
      if case .parameter(let parameter) = entry.content {
        filled.insert(ObjectIdentifier(parameter))
      }
    }
    for entry in module.state where !listed.contains(entry.name) {
      if case .counter = entry.content { continue }
      // One parameter may have several names.
      if case .parameter(let parameter) = entry.content,
        filled.contains(ObjectIdentifier(parameter))
      {
        continue
      }
      throw InputError(
        file: file.path, found: "no `\(entry.name)` in metadata `parameter_order`, `buffer_order`",
        expected: "every parameter and statistic of the model")
    }
  }

  /// Sets parameters that a formula defines: tensor number t of the list is generated from seed + 1000003 t.
  private func fill<Scalar>(_ module: some Module<Scalar>, _ list: String, _ seed: UInt64) throws {
    let state = Dictionary(uniqueKeysWithValues: module.state.map { ($0.name, $0.content) })
    let order = (file.metadata[list] ?? "").split(separator: ",").map(String.init)
    for (number, name) in order.enumerated() {
      let start = seed &+ 1_000_003 &* UInt64(number)
      switch state[name] {
      case .parameter(let parameter):
        let shape = parameter.shape
        let isTable = shape.count == 2 && name.contains("embedding")
        let scale =
          switch shape.count {
          case 2: isTable ? 1 : 1 / Double(shape[1]).squareRoot()
          case 3: 1.0
          default: 0.1
          }
        let shift = name.contains("norm") && name.hasSuffix("weight") ? 1.0 : 0.0
        parameter.replace(with: hashed(shape, start) { (2 * $0 - 1) * scale + shift })
      case .statistic(let statistic):
        let isMean = name.hasSuffix("mean")
        statistic.value = hashed(statistic.value.shape, start) {
          isMean ? 0.1 * (2 * $0 - 1) : 0.5 + $0
        }
      default:
        throw InputError(
          file: file.path, found: "`\(name)` in metadata `\(list)`",
          expected: "a parameter or statistic of the model")
      }
    }
  }

  private func hashed<Scalar: TensorScalar>(
    _ shape: [Int], _ start: UInt64, _ value: (Double) -> Double
  ) -> Tensor<Scalar> {
    Tensor(unsafeUninitialized: shape) { target in
      for index in target.indices {
        let z = mixed(start &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15)
        target[index] = Scalar(Float(value(Double(z >> 40) * 0x1p-24)))
      }
    }
  }
}
