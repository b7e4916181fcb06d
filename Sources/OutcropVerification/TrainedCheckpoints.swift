import Foundation
import OutcropCore
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor

extension Verification {
  /// A file of trained checkpoints with their results on the test graphs of a data set.
  ///
  /// Each checkpoint has a name, which is the prefix of its tensors: `NAME/<parameter>` under the
  /// published names, `NAME/out/test` [graphs, outputs] scores in evaluation mode, and
  /// `NAME/act/e/<layer>` [edges, width] recorded edge activations of the first graphs. The metadata
  /// has `model`, `config` (of all checkpoints, except for attention biases and the Explicit Bias Term,
  /// which follow from the tensors) and `dataset`.
  public struct TrainedCheckpoints {
    /// The checkpoints' names.
    public let names: [String]
    /// The data set whose test graphs belong to the file; empty if the file does not name one.
    public let datasetName: String
    private let file: SafetensorsFile

    /// nil if `file` has other contents.
    public init?(_ file: SafetensorsFile) {
      names = file.names.filter { $0.hasSuffix(Self.scores) }
        .map { String($0.dropLast(Self.scores.count)) }.sorted()
      datasetName = file.metadata["dataset"] ?? ""
      self.file = file
      if names.isEmpty { return nil }
    }

    private static let scores = "/out/test"

    /// Runs every checkpoint in `Scalar` over `graphs`, the data set's test split in its order, and
    /// compares scores and activations with the stored ones. The tolerance is `VerificationTolerance.values`
    /// times the largest stored magnitude.
    ///
    /// Throws `InputError` if the file is invalid or the graphs cannot be those of the file.
    public func compare<Scalar: TensorScalar>(
      on graphs: [Graph], _: Scalar.Type = Scalar.self
    ) throws -> [Comparison] {
      try names.flatMap { name in
        let computed: [(quantity: String, values: [Double])] = try values(
          name, graphs, Scalar.self)
        return try computed.map { quantity, values in
          Comparison(
            quantity, computed: values, stored: try file.doubles(quantity), gap: 0,
            fraction: VerificationTolerance.values)
        }
      }
    }

    /// The checkpoint's results under the names of the stored quantities, scores first.
    private func values<Scalar: TensorScalar>(
      _ name: String, _ graphs: [Graph], _: Scalar.Type
    ) throws -> [(quantity: String, values: [Double])] {
      let model: any GraphModel<Scalar> = try model(name)
      let stored = try file.entry(name + Self.scores).shape.first ?? 0
      if stored != graphs.count {
        throw InputError(
          file: file.path, found: "`\(name)\(Self.scores)` of \(stored) graphs",
          expected: "\(graphs.count), as many as the test graphs given")
      }
      if let problem = model.problem(with: GraphBatch(graphs)) {
        throw InputError(
          file: file.path, found: "test graphs with \(problem)",
          expected: "those that the checkpoint `\(name)` was trained for (\(datasetName))")
      }
      var result = [(name + Self.scores, scores(model, graphs))]
      let prefix = "\(name)/act/e/"
      let activations = file.names.filter { $0.hasPrefix(prefix) }.sorted()
      guard let first = activations.first else { return result }
      let recorder = ActivationRecorder<Scalar>()
      let recorded = try recordedGraphs(first, graphs)
      withoutGradients { _ = model(GraphBatch(recorded), .evaluation(observers: [recorder])) }
      for quantity in activations {
        guard let layer = Int(quantity.dropFirst(prefix.count)),
          let values = recorder.single(.edge, layer)
        else {
          throw InputError(
            file: file.path, found: "`\(quantity)`", expected: "the number of one of the layers")
        }
        result.append((quantity, values.values.map { Double($0) }))
      }
      return result
    }

    private func scores<Scalar>(_ model: some GraphModel<Scalar>, _ graphs: [Graph]) -> [Double] {
      stride(from: 0, to: graphs.count, by: 128).flatMap { start in
        let batch = GraphBatch(graphs[start..<min(graphs.count, start + 128)])
        return withoutGradients { model(batch, .evaluation()).values.map { Double($0) } }
      }
    }

    /// The first graphs whose edges are the rows of the activations `quantity`.
    private func recordedGraphs(_ quantity: String, _ graphs: [Graph]) throws -> [Graph] {
      let rows = try file.entry(quantity).shape.first ?? 0
      var edges = 0
      for (index, graph) in graphs.enumerated() where edges <= rows {
        if edges == rows { return Array(graphs[..<index]) }
        edges += graph.edgeCount
      }
      if edges == rows { return graphs }
      throw InputError(
        file: file.path, found: "`\(quantity)` of \(rows) rows",
        expected: "the edges of the first test graphs (\(datasetName))")
    }

    /// The checkpoint `name` with its parameters.
    package func model<Scalar: TensorScalar>(_ name: String) throws -> any GraphModel<Scalar> {
      let source = "\(file.path), metadata `config`"
      guard let kind = file.metadata["model"], let text = file.metadata["config"],
        var fields = try? JSON.decode([String: JSONValue].self, from: Data(text.utf8), file: source)
      else {
        throw InputError(
          file: file.path, found: "no metadata `model` and `config`",
          expected: "the model's name and its fields as a JSON object")
      }
      fields["use_bias"] = .bool(file.contains("\(name)/layers.0.attention.Q.bias"))
      fields["explicit_bias"] = .bool(file.contains("\(name)/layers.0.attention.k_bias"))
      let model: any GraphModel<Scalar> = try ModelCatalog.make(
        kind, ConfigurationFields(fields, source: source), seed: 0)
      try model.load(from: file, prefix: name + "/")
      return model
    }
  }
}
