import Foundation
import OutcropReport

/// Results with the shape and scale of a study on ZINC: ten layers, three edge types. The numbers
/// are drawn, not measured; they serve tests of layout and arithmetic only.
enum DemoResults {
  static let edgeTypes = [
    StudyResults.EdgeType(id: 1, name: "single", share: 0.742),
    StudyResults.EdgeType(id: 2, name: "double", share: 0.255),
    StudyResults.EdgeType(id: 3, name: "triple", share: 0.003),
  ]

  static func study(
    layers: Int = 10, batches: Int = 1000, epochs: Int = 20, synthetic: Bool = true,
    kinds: [StudyResults.Run.Kind] = [.base, .trained, .ebt], state: UInt64 = 7
  ) -> StudyResults {
    var random = SplitMix(state: state)
    let runs = kinds.map { kind in
      run(kind, layers: layers, batches: batches, epochs: epochs, random: &random)
    }
    return StudyResults(
      toolVersion: "0.1.0",
      commandLine: ["outcrop", "study", "--epochs", "\(epochs)"],
      date: "2025-03-31T14:05:09Z", seed: 41, threshold: 1000,
      machine: .init(
        cores: 2, threads: 2, cpu: "Example CPU @ 2.60GHz", memoryMB: 8123,
        system: "Debian GNU/Linux 12"),
      dataset: .init(
        name: synthetic ? "sample" : "ZINC", isSynthetic: synthetic,
        source: synthetic ? "generated molecules, seed 1" : "data/ZINC",
        checksum: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        splits: [
          .init(name: "train", graphs: 10000), .init(name: "validation", graphs: 1000),
          .init(name: "test", graphs: 1000),
        ], analyzedSplit: "test", nodes: 277_864, edges: 597_970, edgeTypes: edgeTypes),
      model: .init(
        name: "GraphTransformer",
        configuration: [
          "L": 10, "hidden_dim": 64, "n_heads": 8, "residual": true, "readout": "mean",
          "init_lr": 7e-4, "batch_size": 128, "dropout": 0,
        ], parameterCount: 588_929),
      runs: runs)
  }

  private static func run(
    _ kind: StudyResults.Run.Kind, layers: Int, batches: Int, epochs: Int,
    random: inout SplitMix
  ) -> StudyResults.Run {
    let isTrained = kind != .base
    var history: [StudyResults.Epoch] = []
    if isTrained {
      for epoch in 1...max(1, epochs) {
        let level = (kind == .ebt ? 0.42 : 0.38) + 0.75 * pow(Double(epoch), -0.8)
        let wobble = 0.05 * random.unit() / Double(epoch).squareRoot()
        history.append(
          .init(
            epoch: epoch, learningRate: epoch > 15 ? 3.5e-4 : 7e-4, trainLoss: level,
            validationLoss: level * 1.06 + wobble, seconds: 18 + random.unit(),
            peakMemoryMB: 612))
      }
    }
    return StudyResults.Run(
      kind: kind,
      label: [
        .base: "untrained", .trained: "trained", .ebt: "trained with EBT",
        .adaptive: "with driven EBT", .ablated: "trained, extra edges",
        .relabeled: "trained, relabeled edges",
      ][kind] ?? "recorded",
      epochs: isTrained ? epochs : 0, secondsPerEpoch: isTrained ? 18.4 : nil,
      peakMemoryMB: 612, parameterCount: kind == .ebt ? 593_969 : 588_929, history: history,
      testMetric: .init(
        name: "MAE",
        value: [.base: 1.6159, .trained: 0.4711, .ebt: 0.4968, .adaptive: 0.4802][kind] ?? 1),
      layers: (0..<layers).map {
        layer($0, kind: kind, batches: batches, random: &random)
      })
  }

  private static func layer(
    _ index: Int, kind: StudyResults.Run.Kind, batches: Int, random: inout SplitMix
  ) -> StudyResults.Layer {
    // Where the largest ratio of a typical batch lies, as a power of ten.
    let center =
      switch kind {
      case .base, .recorded: 1.45 + 0.02 * Double(index)
      case .ebt, .adaptive: 1.55 + 0.05 * Double(index % 4)
      case .trained, .ablated, .relabeled:
        [2.9, 1.9, 1.7, 1.8, 1.75, 2.0, 1.9, 2.2, 2.3, 3.15][index % 10]
      }
    let maxima = (0..<batches).map { _ in pow(10, center + 0.16 * random.normal()) }
    let rows = 49720
    let over = maxima.filter { $0 > 1000 }.count
    let massive = over == 0 ? 0 : over * 37 + 11
    let shares = index == 0 ? [0.62, 0.377, 0.003] : [0.11, 0.889, 0.001]
    let edges = [37050, 12542, 128]
    var left = massive
    let byType = edgeTypes.indices.map { type in
      let part = type == 2 ? left : min(left, Int(Double(massive) * shares[type]))
      left -= part
      return StudyResults.EdgeTypeCount(
        id: edgeTypes[type].id, name: edgeTypes[type].name, massive: part, edges: edges[type])
    }
    let shape = kind == .trained ? 11.2 - 0.3 * Double(index) : 5.4 + 0.4 * Double(index)
    let scale = kind == .trained ? 0.42 : 0.36
    let location = kind == .trained ? -3.75 : -1.9
    let statistic = 0.045 + 0.02 * random.unit()
    let histogram = histogram(
      shape: shape, location: location, scale: scale, values: rows * 64, massive: massive,
      random: &random)
    let distance = 0.08 + 0.2 * random.unit()
    /// The batch median differs by the size of a row, which multiplies all of its ratios.
    func both(
      _ rows: Int, _ make: (Double) -> StudyResults.RatioStatistics
    ) -> StudyResults.Activations {
      .init(rows: rows, width: 64, rowMedian: make(1), batchMedian: make(1.25))
    }
    return StudyResults.Layer(
      index: index,
      edge: both(rows) { factor in
        .init(
          rows: rows, width: 64, massiveCount: massive, massiveRows: massive * 3 / 4,
          largestRatio: maxima.max().map { $0 * factor },
          largestPosition: .init(graph: 412, source: 7, destination: 3, edgeType: 2, channel: 17),
          zeroMedians: index == 4 && kind == .trained ? 3 : 0,
          batchMaxima: maxima.map { $0 * factor }, byEdgeType: byType,
          histogram: histogram,
          gammaFit: .init(
            shape: shape, location: location, scale: scale, meanLogLikelihood: -1.2496,
            kolmogorovSmirnov: .init(statistic: statistic, pValue: 0, method: .asymptotic),
            values: 3_182_080),
          againstBase: kind == .base
            ? nil : .init(statistic: distance, pValue: 0, method: .asymptotic))
      },
      node: both(23117) { _ in
        .init(
          rows: 23117, width: 64, massiveCount: 0, massiveRows: 0,
          largestRatio: 5.76 + Double(index), batchMaxima: maxima.map { $0 / 20 + 1 })
      })
  }

  private static func histogram(
    shape: Double, location: Double, scale: Double, values: Int, massive: Int,
    random: inout SplitMix
  ) -> StudyResults.Histogram {
    let lower = -4.0
    let upper = 8.0
    let bins = 1000
    let step = (upper - lower) / Double(bins)
    var counts = [Int](repeating: 0, count: bins)
    for bin in 0..<bins {
      let y = lower + (Double(bin) + 0.5) * step
      let x = (y - location) / scale
      guard x > 0 else { continue }
      let density = exp((shape - 1) * log(x) - x - lgamma(shape)) / scale
      let expected = Double(values) * density * step
      counts[bin] = max(0, Int((expected + expected.squareRoot() * random.normal()).rounded()))
    }
    for bin in 0..<bins where lower + (Double(bin) + 1) * step <= -3 {
      counts[bin] = massive == 0 ? 0 : Int(Double(massive) / 83 * 2 * random.unit())
    }
    return .init(lower: lower, upper: upper, counts: counts)
  }
}

/// SplitMix64: the same numbers on every machine.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func normal() -> Double {
    (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
  }
}
