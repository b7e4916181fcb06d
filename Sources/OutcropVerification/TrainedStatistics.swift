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
  ///
  /// - Returns: the comparisons, and the names of the stored results that nothing was compared with.
  /// - Throws: `InputError` for a stored result that is no number.
  public func compareStatistics(
    on graphs: [Graph], file path: String
  ) throws -> (comparisons: [Comparison], leftOut: [String]) {
    let source = Self.statistics(of: path)
    guard let data = try SystemFiles.readIfPresent(source) else { return ([], []) }
    let reference = StoredResults(try JSON.decode(from: data, file: source), file: source)
    let comparisons = try names.flatMap { name in
      guard let trained = try reference[name]?["trained"] else { return [Comparison]() }
      let model: any GraphModel<Float> = try model(name)
      return try compare(model, on: graphs, with: trained, title: name)
    }
    return (comparisons, reference.leftOut)
  }

  /// The file of the statistics that belong to the checkpoints of a file; it need not exist.
  public static func statistics(of path: String) -> String {
    URL(fileURLWithPath: path).deletingPathExtension().appendingPathExtension("json").path
  }

  private func compare(
    _ model: some GraphModel<Float>, on graphs: [Graph], with reference: StoredResults.Entry,
    title: String
  ) throws -> [Comparison] {
    let near: [Float] = [100, 1000].flatMap { [$0 * (1 - 5e-5), $0, $0 * (1 + 5e-5)] }
    let observer = SummaryObserver(
      options: ActivationSummary.Options(threshold: 1000, thresholds: near),
      edgeKinds: EdgeKinds(vocabularies: [1]))
    let evaluation = try Evaluation(
      of: model, on: graphs, task: .regression, observers: [observer])
    var result: [Comparison] = []
    if let error = try reference["test_mae"]?.number() {
      result.append(
        Comparison(
          "\(title)/test_mae", computed: [evaluation.metric.value], stored: [error],
          tolerance: 1e-5))
    }
    let (edges, nodes) = (observer.summaries[.edge] ?? [], observer.summaries[.node] ?? [])
    for layer in try reference["layers"]?.elements() ?? [] {
      guard let number = try layer["layer"] else { throw layer.error(expected: "a field `layer`") }
      guard let index = try number.number().flatMap({ Int(exactly: $0) }),
        edges.indices.contains(index), nodes.indices.contains(index)
      else { throw number.error(expected: "a layer of the model, 0 ..< \(edges.count)") }
      let name = "\(title)/layers/\(index)"
      result += try ratios("\(name)/edge_median", edges[index], .row, layer["edge_median"])
      result += try ratios("\(name)/batch_median", edges[index], .batch, layer["batch_median"])
      result += try ratios(
        "\(name)/node_activations", nodes[index], .row, layer["node_activations"])
      if let types = try layer["by_edge_type"] {
        for (key, values) in try types.fields() {
          guard let type = Int(key) else {
            throw InputError(
              file: types.file, field: types.field, found: quoted(key),
              expected: "the number of an edge type")
          }
          result += try self.type("\(name)/by_edge_type/\(key)", edges[index], type, values)
        }
      }
      result += try fit("\(name)/gamma", edges[index], layer["gamma"])
    }
    return result
  }

  private func ratios(
    _ name: String, _ summary: ActivationSummary, _ median: MedianKind,
    _ stored: StoredResults.Entry?
  ) throws -> [Comparison] {
    var result: [Comparison] = []
    if let largest = try stored?["max_ratio"]?.number() {
      result.append(
        Comparison(
          "\(name)/max_ratio", computed: [Double(summary[median].largest.first?.ratio ?? .nan)],
          stored: [largest], tolerance: 5e-5 * largest))
    }
    result += try counts(
      name, summary.counts(median), stored, entries: "entries_over_", rows: "edges_over_")
    return result
  }

  private func type(
    _ name: String, _ summary: ActivationSummary, _ type: Int, _ stored: StoredResults.Entry
  ) throws -> [Comparison] {
    var result: [Comparison] = []
    if let edges = try stored["edges"]?.number() {
      let found = summary.row.types.first { $0.type == type }?.rowCount ?? 0
      result.append(
        Comparison("\(name)/edges", computed: [Double(found)], stored: [edges], tolerance: 0))
    }
    result += try counts(
      name, summary.counts(ofType: type, .row), stored, entries: "entries_over_",
      rows: "edges_over_")
    result += try counts(
      name, summary.counts(ofType: type, .batch), stored, entries: "batch_median_entries_over_",
      rows: "batch_median_edges_over_")
    return result
  }

  /// Compares counts over 100 and 1000; the tolerance is the number of ratios near the threshold.
  private func counts(
    _ name: String, _ counts: [ThresholdCounts], _ stored: StoredResults.Entry?,
    entries: String, rows: String
  ) throws -> [Comparison] {
    try [100, 1000].flatMap { (threshold: Int) -> [Comparison] in
      guard let at = counts.firstIndex(where: { $0.threshold == Float(threshold) }) else {
        return []
      }
      return try [(entries, \ThresholdCounts.entries), (rows, \ThresholdCounts.rows)].compactMap {
        prefix, count in
        try stored?[prefix + "\(threshold)"]?.number().map { expected in
          Comparison(
            "\(name)/\(prefix)\(threshold)", computed: [Double(counts[at][keyPath: count])],
            stored: [expected],
            tolerance: Double(counts[at - 1][keyPath: count] - counts[at + 1][keyPath: count]))
        }
      }
    }
  }

  private func fit(
    _ name: String, _ summary: ActivationSummary, _ stored: StoredResults.Entry?
  ) throws -> [Comparison] {
    guard let stored, let found = try? ActivationDistribution(summary.row.logarithms),
      let fit = found.fit, let distance = found.distanceFromFit
    else { return [] }
    // Rounding differences of activations move a few values to other bins.
    let error = (found.errors?.distanceFromFit ?? 0) + 2e-5
    return try [
      ("mean_loglikelihood", fit.meanLogLikelihood, 1e-5),
      ("ks_statistic", distance.statistic, error),
      ("shape", fit.distribution.shape, 2e-3 * fit.distribution.shape),
      // Only the largest ratio, because the smallest one depends on rounding after cancellation.
      ("y_min", found.minimum, 5e-5),
    ].compactMap { key, value, tolerance in
      try stored[key]?.number().map {
        Comparison("\(name)/\(key)", computed: [value], stored: [$0], tolerance: tolerance)
      }
    }
  }
}
