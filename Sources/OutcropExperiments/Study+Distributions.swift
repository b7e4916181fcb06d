import OutcropGraph
import OutcropModels
import OutcropReport
import OutcropStatistics

extension Study {
  /// Distributions fitted to the ratios of graphs 0, 2, 4, … of the observed split and judged on the others, layer by
  /// layer and by every median. Two passes over half of the split each.
  func distributions(
    _ network: some GraphModel<Float>, _ graphs: [Graph], _ task: GraphDataset.Task,
    label: String, seed: UInt64
  ) throws -> [StudyResults.DistributionComparison] {
    let halves = try [0, 1].map { first in
      let part = stride(from: first, to: graphs.count, by: 2).map { graphs[$0] }
      let observer = SummaryObserver(kinds: [.edge], options: detection.summaryOptions)
      _ = try Evaluation(
        of: network, on: part, task: task, batchSize: training.batchSize, observers: [observer])
      return (count: part.count, layers: observer.summaries[.edge] ?? [])
    }
    return zip(halves[0].layers, halves[1].layers).enumerated().flatMap { layer, pair in
      detection.medians.map { median in
        let found = DistributionComparison(
          fitted: pair.0[median].logarithms, heldOut: pair.1[median].logarithms)
        return StudyResults.DistributionComparison(
          label: label, seed: seed, layer: layer, median: median,
          fittedGraphs: halves[0].count, heldOutGraphs: halves[1].count,
          families: found.entries.map { StudyResults.FittedFamily($0) },
          best: found.best?.rawValue)
      }
    }
  }
}

extension StudyResults.FittedFamily {
  fileprivate init(_ entry: OutcropStatistics.DistributionComparison.Entry) {
    let distribution = entry.fit?.distribution
    self.init(
      family: entry.family.rawValue, shapes: distribution?.shapes ?? [],
      location: distribution?.location, scale: distribution?.scale,
      meanLogLikelihood: entry.fit?.meanLogLikelihood,
      heldOutMeanLogLikelihood: entry.meanLogLikelihood, outside: entry.outsideCount,
      heldOutDistance: entry.distance, problem: entry.problem)
  }
}
