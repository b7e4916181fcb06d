import Foundation
import OutcropBLAS
import OutcropGraph
import OutcropModels
import OutcropTensor
import OutcropTestSupport

/// A folder that is gone after the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("outcrop-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// Random edges between `sources` and `destinations` nodes; the last tenth of the destinations (at
/// least one of several) has no incoming edges.
func randomEdges(
  sources: Int, destinations: Int, count: Int, seed: UInt64 = 5
) -> EdgeIndex {
  var generator = RandomGenerator(seed: seed &+ UInt64(count))
  let reached = destinations > 1 ? destinations - max(1, destinations / 10) : destinations
  return EdgeIndex(
    sources: (0..<count).map { _ in Int32(generator.below(sources)) },
    destinations: (0..<count).map { _ in Int32(generator.below(reached)) },
    sourceCount: sources, destinationCount: destinations)
}

/// Runs `body` with `count` threads.
func withThreads<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
  let former = ThreadPool.threadCount
  ThreadPool.threadCount = count
  defer { ThreadPool.threadCount = former }
  return try body()
}

/// A small GraphTransformer's configuration.
func smallConfiguration(
  _ change: (inout GraphTransformerConfiguration) -> Void = { _ in }
) -> GraphTransformerConfiguration {
  var result = GraphTransformerConfiguration.zinc
  (result.hiddenWidth, result.outputWidth, result.headCount, result.layerCount) = (16, 16, 4, 2)
  change(&result)
  return result
}

/// Everything that a model holds, as bits.
func bits<Scalar: TensorScalar>(_ model: some Module<Scalar>) -> [String: [UInt64]] {
  model.state.reduce(into: [:]) { result, entry in
    switch entry.content {
    case .parameter(let parameter): result[entry.name] = bits(parameter.value)
    case .statistic(let statistic): result[entry.name] = bits(statistic.value)
    case .counter(let counter): result[entry.name] = [UInt64(bitPattern: counter.value)]
    }
  }
}

func bits<Scalar: TensorScalar>(_ tensor: Tensor<Scalar>) -> [UInt64] {
  // Exact for both types.
  tensor.values.map { Double($0).bitPattern }
}

/// Scores in evaluation mode.
func evaluate<Scalar: TensorScalar>(
  _ model: some GraphModel<Scalar>, _ graphs: [Graph]
) -> Tensor<Scalar> {
  withoutGradients { model(GraphBatch(graphs), .evaluation()) }
}

/// The graph with its nodes renumbered: node i becomes `order[i]`.
func renumbered(_ graph: Graph, _ order: [Int]) -> Graph {
  var result = graph
  result.sources = graph.sources.map { Int32(order[Int($0)]) }
  result.destinations = graph.destinations.map { Int32(order[Int($0)]) }
  var old = [Int32](repeating: 0, count: order.count)
  for (from, to) in order.enumerated() { old[to] = Int32(from) }
  result.nodeTypes = graph.nodeTypes?.rows(old)
  result.laplacianEncoding = graph.laplacianEncoding?.rows(old)
  result.weisfeilerLehmanRoles = graph.weisfeilerLehmanRoles.map { roles in
    old.map { roles[Int($0)] }
  }
  return result
}

/// The graph with its edges listed in another order.
func reordered(_ graph: Graph, _ order: [Int]) -> Graph {
  var result = graph
  result.sources = order.map { graph.sources[$0] }
  result.destinations = order.map { graph.destinations[$0] }
  result.edgeTypes = graph.edgeTypes?.rows(order.map { Int32($0) })
  return result
}

/// The golden files of the GraphTransformer that hold a case.
enum Golden {
  static let cases: [String] = {
    let folder = SharedFolder.url.appendingPathComponent("golden").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter {
      $0.hasPrefix("gt_zinc") && $0.hasSuffix(".safetensors") && !$0.contains("trained")
    }.sorted()
  }()

  static var isThere: Bool { SharedFolder.has("golden/gt_zinc.safetensors") }

  static func file(_ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: SharedFolder.url.appendingPathComponent("golden/\(name)").path)
  }

  /// Writes a copy of `file` to `path`, with tensors changed, left out or added.
  static func copy(
    _ file: SafetensorsFile, to path: String, changing changed: [String: [Double]] = [:],
    leavingOut removed: Set<String> = [], adding added: [String: [Float]] = [:],
    metadata: [String: String] = [:]
  ) throws {
    var writer = SafetensorsWriter(metadata: file.metadata.merging(metadata) { $1 })
    for name in file.names where !removed.contains(name) {
      let entry = try file.entry(name)
      guard let values = changed[name] else {
        writer.add(name, entry.elementType, shape: entry.shape) { sink in
          try file.withUnsafeBytes(of: name) { try sink($0) }
        }
        continue
      }
      switch entry.elementType {
      case .float64: writer.add(name, shape: entry.shape, values)
      case .int64: writer.add(name, shape: entry.shape, values.map { Int64($0) })
      default: writer.add(name, shape: entry.shape, values.map { Float($0) })
      }
    }
    for (name, values) in added { writer.add(name, shape: [values.count], values) }
    try writer.write(to: path)
  }
}
