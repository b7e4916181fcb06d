import OutcropCore
import OutcropFiles
import OutcropTensor

/// The tensors that a non-strict load did not load.
public struct LoadReport: Equatable, Sendable {
  /// The tensors of the module that are not in the file; they are unchanged.
  public var missing: [String] = []
  /// The tensors of the file that are not in the module.
  public var unknown: [String] = []

  /// A report of the given names.
  public init(missing: [String] = [], unknown: [String] = []) {
    (self.missing, self.unknown) = (missing, unknown)
  }
}

extension Module {
  /// Writes the state as a safetensors file under its names, atomically.
  public func save(to path: String, metadata: [String: String] = [:]) throws {
    var writer = SafetensorsWriter(metadata: metadata)
    add(to: &writer)
    try writer.write(to: path)
  }

  /// Adds parameters and statistics to a safetensors file under their published names.
  public func add(to writer: inout SafetensorsWriter, prefix: String = "") {
    for entry in checkedState {
      switch entry.content {
      case .parameter(let parameter): writer.add(prefix + entry.name, parameter.value.detached)
      case .statistic(let statistic): writer.add(prefix + entry.name, statistic.value)
      case .counter(let counter):
        writer.add(prefix + entry.name, shape: [], [counter.value])
      }
    }
  }

  /// Loads the safetensors file at `path`; see `load(from:prefix:isStrict:)`.
  @discardableResult
  public func load(_ path: String, isStrict: Bool = true) throws -> LoadReport {
    try load(from: SafetensorsFile(path: path), isStrict: isStrict)
  }

  /// Loads parameters and statistics from a safetensors file: a checkpoint of this package or a
  /// PyTorch state dict. Tensors whose names contain a slash after `prefix` are ignored.
  ///
  /// Without a prefix, a prefix of PyTorch's wrappers (`module.`, `_orig_mod.`) that all names have is
  /// removed. A counter that is not in the file, such as `num_batches_tracked`, is unchanged.
  ///
  /// Throws `InputError` and changes nothing if a tensor has another shape, or, if `isStrict`, is missing
  /// or unknown. If not `isStrict`, the result lists missing and unknown tensors.
  @discardableResult
  public func load(
    from file: SafetensorsFile, prefix: String = "", isStrict: Bool = true
  ) throws -> LoadReport {
    let state = checkedState
    let prefix = prefix.isEmpty ? wrapperPrefix(file.names) : prefix
    let names = Set(state.map { prefix + $0.name })
    var report = LoadReport()
    var present: [StateEntry<Scalar>] = []
    for entry in state {
      if file.contains(prefix + entry.name) {
        present.append(entry)
      } else if case .counter = entry.content {
        continue
      } else {
        report.missing.append(prefix + entry.name)
      }
    }
    report.unknown = file.names.filter {
      $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") && !names.contains($0)
    }
    if isStrict { try report.check(file, hint: prefixHint(file, names)) }
    let loaded = try present.map { entry in try Loaded(entry, file, prefix) }
    for item in loaded { item.apply() }
    return report
  }
}

extension LoadReport {
  fileprivate func check(_ file: SafetensorsFile, hint: String?) throws {
    if let first = missing.first {
      throw InputError(
        file: file.path, found: "no tensor `\(first)`" + hintText(hint),
        expected: "a tensor of that name for the model", hint: hint)
    }
    if let first = unknown.first {
      throw InputError(
        file: file.path, found: "a tensor `\(first)`" + hintText(hint),
        expected: "only tensors of the model: the configuration may differ from the checkpoint's",
        hint: hint)
    }
  }

  private func hintText(_ hint: String?) -> String { hint.map { " (\($0))" } ?? "" }
}

/// The prefixes of PyTorch's wrappers for several devices and for compiled modules.
private let wrappers = ["module.", "_orig_mod."]

/// The prefix that wrappers added to all names.
private func wrapperPrefix(_ names: [String]) -> String {
  var prefix = ""
  let names = names.filter { !$0.contains("/") }
  while !names.isEmpty,
    let wrapper = wrappers.first(where: { w in names.allSatisfy { $0.hasPrefix(prefix + w) } })
  {
    prefix += wrapper
  }
  return prefix
}

/// A hint with the prefix that would make names of the file match those of the model.
private func prefixHint(_ file: SafetensorsFile, _ names: Set<String>) -> String? {
  var counts: [String: Int] = [:]
  for name in file.names {
    // Every prefix that ends with a period.
    for end in name.indices where name[end] == "." {
      let cut = name.index(after: end)
      if names.contains(String(name[cut...])) { counts[String(name[..<cut]), default: 0] += 1 }
    }
  }
  guard let best = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
  return
    "\(best.value) names fit with the prefix `\(best.key)`: load with `prefix: \"\(best.key)\"`"
}

/// A checked value of a state entry, before it is stored in the module.
enum Loaded<Scalar: TensorScalar> {
  case parameter(Parameter<Scalar>, Tensor<Scalar>)
  case statistic(Statistic<Scalar>, Tensor<Scalar>)
  case counter(Counter, Int64)

  init(_ entry: StateEntry<Scalar>, _ file: SafetensorsFile, _ prefix: String) throws {
    let name = prefix + entry.name
    switch entry.content {
    case .parameter(let parameter):
      self = .parameter(parameter, try loadedTensor(file, name, parameter.shape))
    case .statistic(let statistic):
      self = .statistic(statistic, try loadedTensor(file, name, statistic.value.shape))
    case .counter(let counter):
      let values = try file.integers(name)
      guard values.count == 1 else {
        throw InputError(
          file: file.path, found: "`\(name)` of \(values.count) values", expected: "one")
      }
      self = .counter(counter, values[0])
    }
  }

  func apply() {
    switch self {
    case .parameter(let parameter, let value): parameter.replace(with: value)
    case .statistic(let statistic, let value): statistic.value = value
    case .counter(let counter, let value): counter.value = value
    }
  }
}

/// The tensor `name` of a file, which must have the given shape.
func loadedTensor<Scalar: TensorScalar>(
  _ file: SafetensorsFile, _ name: String, _ shape: [Int]
) throws -> Tensor<Scalar> {
  let result = try Tensor<Scalar>(file, name, .rounding)
  if result.shape != shape {
    throw InputError(
      file: file.path, found: "`\(name)` of shape \(result.shape)", expected: "\(shape)")
  }
  return result
}
