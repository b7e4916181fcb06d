import Foundation
import OutcropReport
import OutcropStatistics

/// Demo results with everything that experiments find. Drawn, not measured.
extension DemoResults {
  /// Several seeds with verdicts, sweep, enrichment, training followed and a bias term that changes.
  static func full(
    seeds: [UInt64] = [41, 42, 43], layers: Int = 10, batches: Int = 1000,
    model: String = "GraphTransformer", data: String = "ZINC",
    kinds: [StudyResults.Run.Kind] = [.base, .trained, .ebt, .adaptive]
  ) -> StudyResults {
    var result = study(layers: layers, batches: batches, synthetic: false, kinds: kinds)
    result.runs = seeds.flatMap { seed in
      var random = SplitMix(state: seed)
      let runs = study(
        layers: layers, batches: batches, synthetic: false, kinds: kinds, state: seed
      ).runs
      return runs.map { run in
        var run = run
        run.seed = seed
        run.testMetric?.value += 0.006 * random.normal()
        if run.kind != .base { run.followed = followed(run, random: &random) }
        for layer in run.layers.indices {
          for median in MedianKind.allCases {
            decorate(
              &run.layers[layer].edge![median], rows: run.layers[layer].edge!.rows,
              kind: run.kind, random: &random)
          }
        }
        return run
      }
    }
    result.commandLine = [
      "outcrop", "study", "--dataset", data, "--seeds",
      seeds.map { "\($0)" }.joined(separator: ","),
    ]
    result.model?.name = model
    result.dataset?.name = data
    result.notes = ["One graph counts as one batch."]
    return result
  }

  private static func decorate(
    _ edge: inout StudyResults.RatioStatistics?, rows: Int, kind: StudyResults.Run.Kind,
    random: inout SplitMix
  ) {
    guard var found = edge else { return }
    let ratio = found.largestRatio ?? 1
    let total = Double(found.massiveCount)
    found.sweep = [10, 31.6, 100, 316, 1000, 3160, 10_000, 31_600, 100_000].map { threshold in
      let entries =
        threshold == 1000
        ? found.massiveCount
        : threshold > ratio
          ? 0 : Int(max(total, 4) * pow(ratio / threshold, 1.3) * 0.2 * (1 + random.unit()))
      let double = Int(Double(entries) * min(0.9, 0.3 + 0.1 * log10(threshold)))
      return .init(
        threshold: threshold, entries: entries, rows: entries * 3 / 4,
        byEdgeType: [entries - double, double, 0])
    }
    found.top = [
      .init(ratio: ratio, value: 3.4, position: found.largestPosition ?? .init())
    ]
    found.byEdgeType = found.byEdgeType.map { type in
      var type = type
      type.massiveEdges = type.massive * 3 / 4
      guard found.massiveCount > 0 else { return type }
      let value =
        (Double(type.massive) / total) / (Double(type.edges) / Double(rows))
      let half = 1.1 + 2 / Double(type.massive + 4).squareRoot()
      type.enrichment = .init(value: value, lower: value / half, upper: value * half)
      return type
    }
    let outcome: StudyResults.Verdict.Outcome =
      found.massiveCount > 0 ? .massive : ratio > 100 ? .changed : .none
    found.verdict = .init(
      outcome: outcome,
      reasons: [
        outcome == .massive
          ? "\(found.massiveCount) ratios are over the threshold."
          : "The largest ratio is \(Int(ratio)).",
        "The distance to the untrained layer is 0.12.",
      ])
    found.gammaFit?.kolmogorovSmirnov.errorBound = 0.0004
    found.gammaFit?.kolmogorovSmirnov.method = .bootstrap
    edge = found
  }

  private static func followed(
    _ run: StudyResults.Run, random: inout SplitMix
  ) -> [StudyResults.FollowedEpoch] {
    (0...20).map { epoch in
      let progress = Double(epoch) / 20
      return .init(
        epoch: epoch, metric: 0.4 + exp(-Double(epoch) / 4),
        layers: run.layers.map { layer in
          let last = log10(layer[.edge(.row)]?.largestRatio ?? 1)
          let early = layer.index == 2 && run.kind == .trained ? sin(.pi * progress) * 2.2 : 0
          let ratio = pow(10, 1.4 + (last - 1.4) * progress + early + 0.05 * random.normal())
          let massive = ratio > 1000 ? Int(ratio / 40) : 0
          let ratios = StudyResults.FollowedRatios(
            largestRatio: ratio, massiveCount: massive, massiveRows: massive * 3 / 4,
            distanceFromFit: 0.04 + 0.02 * random.unit(),
            distanceFromBase: epoch == 0 ? 0 : 0.1 * progress + 0.1 * random.unit())
          return .init(
            index: layer.index, rowMedian: ratios, batchMedian: ratios,
            biasStrength: run.kind == .adaptive
              ? 1 + progress * (0.2 + 0.1 * Double(layer.index)) : nil)
        })
    }
  }

  /// Graphs with meaningless edges beside the same without.
  static func ablation(seeds: [UInt64] = [41, 42, 43]) -> StudyResults {
    var result = full(seeds: seeds, batches: 200, kinds: [.base, .trained])
    var other = full(seeds: seeds, batches: 200, kinds: [.base, .ablated])
    for run in other.runs.indices {
      if other.runs[run].kind == .base { other.runs[run].label = "untrained, extra edges" }
      other.runs[run].followed = []
      for layer in other.runs[run].layers.indices {
        for median in MedianKind.allCases {
          guard var edge = other.runs[run].layers[layer].edge?[median] else { continue }
          let part = edge.massiveCount * (6 + run) / 16
          edge.byEdgeType[1].massive = edge.massiveCount - edge.byEdgeType[0].massive - part
          edge.byEdgeType[1].massive = max(0, edge.byEdgeType[1].massive)
          edge.byEdgeType.append(
            .init(
              id: 4, name: "meaningless", massive: part, edges: 12_430, massiveEdges: part * 3 / 4))
          other.runs[run].layers[layer].edge?[median] = edge
        }
      }
    }
    result.runs += other.runs
    result.experiment = .ablation
    result.dataset?.name = "ZINC with meaningless edges"
    return result
  }

  /// Three models under noise.
  static func attack(seeds: [UInt64] = [41, 42, 43]) -> StudyResults {
    var result = full(seeds: seeds, layers: 1, batches: 2, kinds: [.trained, .ebt, .adaptive])
    var random = SplitMix(state: 3)
    for run in result.runs.indices {
      result.runs[run].layers = []
      result.runs[run].followed = []
      for deviation in [0.01, 0.0316, 0.1] {
        let hardness = result.runs[run].kind == .trained ? 9.0 : 5.5
        let base = 0.47 + 0.02 * random.unit()
        let noisy = (0..<3).map { _ in base + 2 * deviation * (1 + 0.1 * random.normal()) }
        result.attacks.append(
          .init(
            label: result.runs[run].label, seed: result.runs[run].seed, deviation: deviation,
            cleanLoss: base, randomLosses: noisy,
            optimizedLosses: noisy.map {
              $0 * (1 + hardness * deviation * (1 + 0.1 * random.normal()))
            },
            steps: 10, examples: 1000))
      }
    }
    result.experiment = .attack
    return result
  }

  /// A study with what edges matter to predictions.
  static func attribution() -> StudyResults {
    var result = full(seeds: [41], batches: 100)
    let measures = ["edge betweenness", "edge-type entropy", "endpoint degree"]
    result.attributions = ["trained", "trained with EBT"].enumerated().map { index, label in
      .init(
        label: label, seed: 41, graphs: 1000, edges: 49_720,
        correlations: measures.enumerated().flatMap { number, measure in
          [nil, 0, 9].map { layer in
            let value = 0.31 - 0.16 * Double(number) - 0.04 * Double(index)
            return .init(
              measure: measure, layer: layer,
              coefficient: .init(value: value, lower: value - 0.05, upper: value + 0.05))
          }
        },
        fidelities: [0.05, 0.1, 0.2, 0.3, 0.5].flatMap { fraction -> [StudyResults.Fidelity] in
          [
            .init(
              measure: "largest ratio", fraction: fraction, removed: 1.2 * fraction,
              kept: 0.9 - fraction),
            .init(
              measure: "largest ratio", isReversed: true, fraction: fraction,
              removed: 0.5 * fraction, kept: 1.1 - fraction),
            .init(
              measure: "edge betweenness", fraction: fraction, removed: 1.9 * fraction,
              kept: 0.7 - 0.8 * fraction),
            .init(
              measure: "random", fraction: fraction, removed: fraction, kept: 1 - fraction,
              removedDeviation: 0.06, keptDeviation: 0.05),
          ]
        },
        drawings: [
          .init(
            name: "Graph 412", atoms: ["C", "C", "O H1"],
            bonds: [
              .init(first: 0, second: 1, type: "single", score: 2345),
              .init(first: 1, second: 2, type: "single", score: 12),
            ])
        ])
    }
    return result
  }
}
