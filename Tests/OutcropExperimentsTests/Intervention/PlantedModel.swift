import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor

/// A user-written model of one layer whose massive entries are known. Scores [edges, width] are normal numbers by
/// the edge's ends and type; some edges have an entry of 5000 in one channel. A graph's prediction is a sum over
/// its edges and channels that depends on `use`.
final class PlantedModel: GraphModel {
  typealias Scalar = Float

  enum Use {
    /// The prediction runs through the channel with massive entries.
    case channel
    /// The prediction does not read that channel.
    case others
    /// Massive entries count as any others: only signs are read, with random weights.
    case signs
  }

  let use: Use
  let seed: UInt64
  let width: Int
  /// One of so many edges has a massive entry.
  let rarity: Int
  /// Changes a batch's scores, for degenerate ones.
  var change: (inout [Float]) -> Void = { _ in }

  init(_ use: Use, seed: UInt64, width: Int = 8, rarity: Int = 12) {
    (self.use, self.seed, self.width, self.rarity) = (use, seed, width, rarity)
  }

  private var massiveChannel: Int { Int(seed % UInt64(width)) }

  func forward(_ batch: GraphBatch, _ context: ForwardContext) -> Tensor<Float> {
    var values: [Float] = []
    for edge in 0..<batch.edgeCount {
      let graph = Int(batch.edgeGraph[edge])
      let first = batch.nodeOffsets[graph]
      let ends = [batch.edges.sources[edge] - first, batch.edges.destinations[edge] - first]
      // An example has the same scores in every batch.
      let key =
        UInt64(batch.nodeOffsets[graph + 1] - first) << 40 | UInt64(ends[0]) << 20 | UInt64(ends[1])
      let target = UInt64(batch.targets[graph].bitPattern)
      var generator = RandomGenerator(seed: mixed(seed &+ mixed(key &+ mixed(target))))
      let isMassive = generator.below(rarity) == 0
      for channel in 0..<width {
        let value = Float(generator.normal())
        values.append(isMassive && channel == massiveChannel ? (value < 0 ? -5000 : 5000) : value)
      }
    }
    change(&values)
    let scores = Tensor<Float>(values, shape: [batch.edgeCount, width])
    let used = context.passThrough(
      AnnouncedActivation.attention[0], scores, LayerInput(batch, layer: 0))
    var generator = RandomGenerator(seed: mixed(seed))
    let weights = (0..<batch.edgeCount * width).map { _ in Float(generator.normal()) }
    var result = [Float](repeating: 0, count: batch.graphCount)
    for (position, value) in used.values.enumerated() {
      let channel = position % width
      let graph = Int(batch.edgeGraph[position / width])
      switch use {
      case .channel: result[graph] += value * (channel == massiveChannel ? 1e-3 : 1e-4)
      case .others: result[graph] += channel == massiveChannel ? 0 : value
      case .signs:
        result[graph] += value < 0 ? -weights[position] : value > 0 ? weights[position] : 0
      }
    }
    return Tensor(result, shape: [batch.graphCount, 1])
  }

  var outputCount: Int { 1 }
  var name: String { "planted" }
  var configurationFields: [String: JSONValue] { [:] }
  var announced: [AnnouncedActivation] { [AnnouncedActivation.attention[0]] }
  var state: [StateEntry<Float>] { [] }
  func problem(with batch: GraphBatch) -> String? { nil }
  func encode(_ dataset: GraphDataset) -> GraphDataset { dataset }
}

/// Rings with chords and different labels.
func plantedGraphs(_ count: Int, seed: UInt64) -> [Graph] {
  var generator = RandomGenerator(seed: seed)
  return (0..<count).map { number in
    let nodes = 6 + generator.below(6)
    let from = (0..<nodes).map { Int32($0) }
    let to = from.map { ($0 + 1) % Int32(nodes) }
    return Graph(
      nodeCount: nodes, sources: from + to, destinations: to + from,
      targets: [Float(number) + Float(generator.unit())])
  }
}
