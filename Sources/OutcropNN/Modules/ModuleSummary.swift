import OutcropTensor

extension Module {
  /// The same as `summary`.
  public var description: String { summary }

  /// A table of all tensors with name, shape, number of values and remarks; then the totals.
  ///
  ///     Perceptron<Float>
  ///     hidden.weight  [32, 2]  64
  ///     hidden.bias    [32]     32  frozen
  ///     96 values in 2 parameters, 32 of them frozen
  public var summary: String {
    let rows = checkedState.map { entry -> [String] in
      switch entry.content {
      case .parameter(let parameter):
        [
          entry.name, "\(parameter.shape)", "\(parameter.count)",
          parameter.isFrozen ? "frozen" : "",
        ]
      case .statistic(let statistic):
        [entry.name, "\(statistic.value.shape)", "\(statistic.value.count)", "statistic"]
      case .counter(let counter): [entry.name, "[]", "1", "counter, \(counter.value)"]
      }
    }
    let widths = (0..<3).map { column in rows.map(\.[column].count).max() ?? 0 }
    let lines = rows.map { row in
      let name = padded(row[0], widths[0])
      let shape = padded(row[1], widths[1])
      let number = String(repeating: " ", count: widths[2] - row[2].count) + row[2]
      return "\(name)  \(shape)  \(number)" + (row[3].isEmpty ? "" : "  \(row[3])")
    }
    let parameters = parameters
    let frozen = parameters.reduce(0) { $0 + ($1.parameter.isFrozen ? $1.parameter.count : 0) }
    let total =
      "\(parameterCount) values in \(parameters.count) parameters"
      + (frozen > 0 ? ", \(frozen) of them frozen" : "")
    return (["\(Self.self)"] + lines + [total]).joined(separator: "\n")
  }
}

private func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: width - text.count)
}
