import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropStatistics

extension Verification.TrainedCheckpoints {
  /// Compares statistics of the checkpoints' activations on `graphs` with the JSON file of the same name, if
  /// there is one: test error, largest ratios, rows and entries over 1000 and 100, also by edge type, and
  /// the gamma fit with its Kolmogorov–Smirnov statistic, layer by layer. One graph is one batch.
  ///
  /// A count may differ by the number of ratios within a relative distance of 5e-5 of the threshold, because
  /// ratios of ten layers in `Float` differ by up to 1e-5 between programs.
  public func compareStatistics(on graphs: [Graph], file path: String) throws -> [Comparison] {
    let source = URL(fileURLWithPath: path).deletingPathExtension().appendingPathExtension("json")
    guard let data = try SystemFiles.readIfPresent(source.path) else { return [] }
    let reference = try JSON.decode([String: JSONValue].self, from: data, file: source.path)
    return try names.flatMap { name in
      guard let trained = reference[name]?["trained"] else { return [Comparison]() }
      let model: any GraphModel<Float> = try model(name)
      return try compare(model, on: graphs, with: trained, title: name, source: source.path)
    }
  }

  private func compare(
    _ model: some GraphModel<Float>, on graphs: [Graph], with reference: JSONValue, title: String,
    source: String
  ) throws -> [Comparison] {
    let near: [Float] = [100, 1000].flatMap { [$0 * (1 - 5e-5), $0, $0 * (1 + 5e-5)] }
    let observer = SummaryObserver(
      options: ActivationSummary.Options(threshold: 1000, thresholds: near),
      edgeKinds: EdgeKinds(vocabularies: [1]))
    let evaluation = try Evaluation(
      of: model, on: graphs, task: .regression, observers: [observer])
    var result: [Comparison] = []
    if let error = reference["test_mae"]?.number {
      result.append(
        Comparison(
          "\(title)/test_mae", computed: [evaluation.metric.value], stored: [error],
          tolerance: 1e-5))
    }
    guard case .array(let layers)? = reference["layers"] else { return result }
    for layer in layers {
      // Layers and types that the model does not have are not compared.
      guard let index = layer["layer"]?.number.flatMap({ Int(exactly: $0) }),
        let edges = observer.summaries[.edge], edges.indices.contains(index),
        let nodes = observer.summaries[.node]
      else { continue }
      let name = "\(title)/layers/\(index)"
      result += ratios("\(name)/edge_median", edges[index], .row, layer["edge_median"])
      result += ratios("\(name)/batch_median", edges[index], .batch, layer["batch_median"])
      result += ratios("\(name)/node_activations", nodes[index], .row, layer["node_activations"])
      if case .object(let types)? = layer["by_edge_type"] {
        for (key, values) in types.sorted(by: { $0.key < $1.key }) {
          guard let type = Int(key) else {
            throw InputError(
              file: source, field: "\(name)/by_edge_type", found: quoted(key),
              expected: "the number of an edge type")
          }
          result += self.type("\(name)/by_edge_type/\(key)", edges[index], type, values)
        }
      }
      result += fit("\(name)/gamma", edges[index], layer["gamma"])
    }
    return result
  }

  private func ratios(
    _ name: String, _ summary: ActivationSummary, _ median: MedianKind, _ stored: JSONValue?
  ) -> [Comparison] {
    var result: [Comparison] = []
    if let largest = stored?["max_ratio"]?.number {
      result.append(
        Comparison(
          "\(name)/max_ratio", computed: [Double(summary[median].largest.first?.ratio ?? .nan)],
          stored: [largest], tolerance: 5e-5 * largest))
    }
    result += counts(
      name, summary.counts(median), stored, entries: "entries_over_", rows: "edges_over_")
    return result
  }

  private func type(
    _ name: String, _ summary: ActivationSummary, _ type: Int, _ stored: JSONValue
  ) -> [Comparison] {
    var result: [Comparison] = []
    if let edges = stored["edges"]?.number {
      let found = summary.row.types.first { $0.type == type }?.rowCount ?? 0
      result.append(
        Comparison("\(name)/edges", computed: [Double(found)], stored: [edges], tolerance: 0))
    }
    result += counts(
      name, summary.counts(ofType: type, .row), stored, entries: "entries_over_",
      rows: "edges_over_")
    result += counts(
      name, summary.counts(ofType: type, .batch), stored, entries: "batch_median_entries_over_",
      rows: "batch_median_edges_over_")
    return result
  }

  /// Compares counts over 100 and 1000; the tolerance is the number of ratios near the threshold.
  private func counts(
    _ name: String, _ counts: [ThresholdCounts], _ stored: JSONValue?, entries: String,
    rows: String
  ) -> [Comparison] {
    [100, 1000].flatMap { (threshold: Int) -> [Comparison] in
      guard let at = counts.firstIndex(where: { $0.threshold == Float(threshold) }) else {
        return []
      }
      return [(entries, \ThresholdCounts.entries), (rows, \ThresholdCounts.rows)].compactMap {
        prefix, count in
        stored?[prefix + "\(threshold)"]?.number.map { expected in
          Comparison(
            "\(name)/\(prefix)\(threshold)", computed: [Double(counts[at][keyPath: count])],
            stored: [expected],
            tolerance: Double(counts[at - 1][keyPath: count] - counts[at + 1][keyPath: count]))
        }
      }
    }
  }

  private func fit(
    _ name: String, _ summary: ActivationSummary, _ stored: JSONValue?
  ) -> [Comparison] {
    guard let stored, let found = try? ActivationDistribution(summary.row.logarithms),
      let fit = found.fit, let distance = found.distanceFromFit
    else { return [] }
    // Rounding differences of activations move a few values to other bins.
    let error = (found.errors?.distanceFromFit ?? 0) + 2e-5
    return [
      ("mean_loglikelihood", fit.meanLogLikelihood, 1e-5),
      ("ks_statistic", distance.statistic, error),
      ("shape", fit.distribution.shape, 2e-3 * fit.distribution.shape),
      // Only the largest ratio, because the smallest one depends on rounding after cancellation.
      ("y_min", found.minimum, 5e-5),
    ].compactMap { key, value, tolerance in
      stored[key]?.number.map {
        Comparison("\(name)/\(key)", computed: [value], stored: [$0], tolerance: tolerance)
      }
    }
  }
}
