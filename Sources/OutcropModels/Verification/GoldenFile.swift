import Foundation
import OutcropGraph
import OutcropTensor

/// A stored case of a published model: inputs, parameters, and what came out of them in PyTorch.
///
/// A safetensors file. Parameters stand under their published names; `graph/…` are the inputs, `out/…`
/// scores and loss, `act/…` recorded activations, `grad/…` gradients, `bn_after/…` statistics after one
/// training pass, `steps5/losses` and `after5/…` what five Adam steps do. The metadata has `model`,
/// `config` (published fields as JSON) and the case's own float32–float64 gaps.
struct GoldenFile {
  let file: SafetensorsFile
  let model: String
  let fields: ConfigurationFields

  init(_ file: SafetensorsFile) throws {
    self.file = file
    model = try Self.metadata(file, "model")
    fields = try ConfigurationFields(
      json: Data(Self.metadata(file, "config").utf8), source: "\(file.path), metadata `config`")
  }

  private static func metadata(_ file: SafetensorsFile, _ key: String) throws -> String {
    guard let value = file.metadata[key] else {
      throw CheckpointError(file: file.path, found: "no metadata `\(key)`", expected: "one")
    }
    return value
  }

  /// A number from the metadata, 0 where the file doesn't have a finite one.
  func gap(_ key: String) -> Double {
    file.metadata[key].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } ?? 0
  }

  /// The parameters that a list in the metadata names.
  func names(_ key: String) -> Set<String> {
    Set((file.metadata[key] ?? "").split(separator: ",").map(String.init))
  }

  /// The tensors `prefix…` by what follows the prefix.
  func names(under prefix: String) -> [String] {
    file.names.filter { $0.hasPrefix(prefix) && !$0.hasSuffix(".f64") }
      .map { String($0.dropFirst(prefix.count)) }
  }

  /// The stored batch.
  func batch() throws -> GraphBatch {
    func integers(_ name: String) throws -> [Int32] {
      try file.integers("graph/\(name)").map { value in
        guard let small = Int32(exactly: value) else {
          throw CheckpointError(
            file: file.path, found: "\(value) in `graph/\(name)`", expected: "at most 32 bits")
        }
        return small
      }
    }
    func columns(_ name: String) throws -> Int {
      let shape = try file.entry("graph/\(name)").shape
      guard (1...2).contains(shape.count), shape.count == 1 || shape[1] > 0 else {
        throw CheckpointError(
          file: file.path, found: "`graph/\(name)` of shape \(shape)",
          expected: "[rows] or [rows, columns]")
      }
      return shape.count == 2 ? shape[1] : 1
    }
    func features(_ name: String) throws -> IntegerFeatures? {
      guard file.contains("graph/\(name)") else { return nil }
      return try IntegerFeatures(values: integers(name), columns: columns(name))
    }
    func real(_ name: String) throws -> RealFeatures? {
      guard file.contains("graph/\(name)") else { return nil }
      return try RealFeatures(values: file.floats("graph/\(name)"), columns: columns(name))
    }
    var labels = try file.floats("graph/labels")
    if file.contains("graph/label_mask") {
      let mask = try file.doubles("graph/label_mask", .rounding)
      if mask.count != labels.count {
        throw CheckpointError(
          file: file.path, found: "\(mask.count) values in `graph/label_mask`",
          expected: "\(labels.count), one for each label")
      }
      for (index, present) in mask.enumerated() where present == 0 { labels[index] = .nan }
    }
    do {
      return try GraphBatch(
        nodeCounts: integers("num_nodes"), sources: integers("src"),
        destinations: integers("dst"), nodeTypes: features("node_feat"),
        edgeTypes: features("edge_feat"), targets: labels,
        targetCount: columns("labels"),
        laplacianEncoding: real("lap_pos_enc"),
        weisfeilerLehmanRoles: file.contains("graph/wl_pos_enc") ? integers("wl_pos_enc") : nil)
    } catch let error as GraphError {
      throw CheckpointError(
        file: file.path, found: "a graph where \(error)", expected: "arrays that fit together")
    }
  }

  /// Puts the case's parameters and statistics into `module`.
  func load<Scalar>(into module: some Module<Scalar>) throws {
    guard file.metadata["hashed_parameters"] == "1" else {
      try module.load(from: file)
      return
    }
    guard let seed = file.metadata["seed"].flatMap({ UInt64($0) }) else {
      throw CheckpointError(file: file.path, found: "no metadata `seed`", expected: "a number")
    }
    try fill(module, "parameter_order", seed)
    try fill(module, "buffer_order", seed &+ 500_009)
    let listed = names("parameter_order").union(names("buffer_order"))
    for entry in module.state where !listed.contains(entry.name) {
      if case .counter = entry.content { continue }
      throw CheckpointError(
        file: file.path, found: "no `\(entry.name)` in metadata `parameter_order`, `buffer_order`",
        expected: "every parameter and statistic of the model")
    }
  }

  /// Parameters made by formula: tensor number t of the list is filled from seed + 1000003 t.
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
        throw CheckpointError(
          file: file.path, found: "`\(name)` in metadata `\(list)`",
          expected: "a parameter or statistic of the model")
      }
    }
  }

  private func hashed<Scalar>(
    _ shape: [Int], _ start: UInt64, _ value: (Double) -> Double
  ) -> Tensor<Scalar> {
    Tensor(shape: shape) { target in
      for index in target.indices {
        let z = mixed(start &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15)
        target[index] = Scalar(Float(value(Double(z >> 40) * 0x1p-24)))
      }
    }
  }
}
