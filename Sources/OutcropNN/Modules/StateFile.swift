import OutcropCore
import OutcropFiles
import OutcropTensor

extension Module {
  /// Adds parameters and statistics to a safetensors file under their published names.
  public func add(to writer: inout SafetensorsWriter, prefix: String = "") {
    for entry in state {
      switch entry.content {
      case .parameter(let parameter): writer.add(prefix + entry.name, parameter.value.detached)
      case .statistic(let statistic): writer.add(prefix + entry.name, statistic.value)
      case .counter(let counter):
        writer.add(prefix + entry.name, shape: [], [counter.value])
      }
    }
  }

  /// Loads parameters and statistics from a safetensors file: a checkpoint of this package or a
  /// PyTorch state dict. Tensors whose names contain a slash after `prefix` are ignored.
  ///
  /// Throws `InputError` and changes nothing when a tensor is missing, unknown or of another shape.
  public func load(from file: SafetensorsFile, prefix: String = "") throws {
    let state = state
    let names = Set(state.map { prefix + $0.name })
    for entry in state where !file.contains(prefix + entry.name) {
      throw InputError(
        file: file.path, found: "no tensor `\(prefix + entry.name)`",
        expected: "a tensor of that name for the model")
    }
    for name in file.names
    where name.hasPrefix(prefix) && !name.dropFirst(prefix.count).contains("/")
      && !names.contains(name)
    {
      throw InputError(
        file: file.path, found: "a tensor `\(name)`",
        expected: "only tensors of the model: the configuration may differ from the checkpoint's")
    }
    let loaded = try state.map { entry in try Loaded(entry, file, prefix) }
    for item in loaded { item.apply() }
  }
}

/// A checked value of a state entry, before it is stored in the module.
private enum Loaded<Scalar: TensorScalar> {
  case parameter(Parameter<Scalar>, Tensor<Scalar>)
  case statistic(Statistic<Scalar>, Tensor<Scalar>)
  case counter(Counter, Int64)

  init(_ entry: StateEntry<Scalar>, _ file: SafetensorsFile, _ prefix: String) throws {
    let name = prefix + entry.name
    func tensor(_ shape: [Int]) throws -> Tensor<Scalar> {
      let result = try Tensor<Scalar>(file, name, .rounding)
      if result.shape != shape {
        throw InputError(
          file: file.path, found: "`\(name)` of shape \(result.shape)", expected: "\(shape)")
      }
      return result
    }
    switch entry.content {
    case .parameter(let parameter): self = .parameter(parameter, try tensor(parameter.shape))
    case .statistic(let statistic): self = .statistic(statistic, try tensor(statistic.value.shape))
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
