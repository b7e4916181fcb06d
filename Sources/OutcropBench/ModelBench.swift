import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor

/// A model's training step (forward with loss, backward, Adam) and evaluation, by its published ZINC
/// configuration.
struct ModelBench<Architecture: ModelArchitecture> {
  let workload: Workload
  let model: GraphNetwork<Float, Architecture>
  private let optimizer: Adam<Float>

  init(_ configuration: Architecture, _ workload: Workload) {
    self.workload = workload
    model = GraphNetwork(configuration, seed: 0)
    optimizer = Adam(model, learningRate: 7e-4)
  }

  private var title: String { "\(model.name) ZINC, batch \(workload.graphsPerBatch)" }

  /// Floating-point operations of the matrix products of an average batch without the readout: for
  /// d columns, 8 d² for each node in the forward pass (Q, K and V, projection, feed-forward
  /// network) and 6 d² for each edge in GT, times 2. Products that the library computes once for
  /// each type (first nodes, bonds that no layer changes) are not counted.
  ///
  /// The backward pass has twice as many operations: the gradient of the input and that of the
  /// weights. The edge block of the last layer has no backward pass, and evaluation skips it.
  func flop(isTraining: Bool) -> Double {
    let shape = model.configuration.shared
    let (d, layers) = (Double(shape.hiddenWidth), Double(shape.layerCount))
    let (nodes, edges) = (Double(workload.nodeCount), Double(workload.edgeCount))
    let node = 2 * d * d * nodes * (8 * layers - 3)
    if Architecture.name != "GT" { return isTraining ? 3 * node : node }
    // 1 for the projection that attention reads, from the second layer on; 5 for the block after
    // it.
    let projections = 2 * d * d * edges * (layers - 1)
    let paths = 2 * d * d * edges * 5 * (layers - 1)
    let last = 2 * d * d * edges * 5
    return isTraining ? 3 * (node + projections + paths) + last : node + projections + paths
  }

  /// Training steps and their phases. All batches are used once before the measurement, if there is time.
  func steps(_ effort: Effort) -> [Measurement] {
    if let budget = effort.budget, budget.leavesOut("training step: \(title)", .step) { return [] }
    var parts: [String: [Double]] = [:]
    var effort = effort
    effort.warmUps = workload.batches.count
    var index = 0
    effort.repeated {
      _ = step(index)
      index += 1
    } run: {
      let times = step(index)
      index += 1
      for (name, time) in times { parts[name, default: []].append(time) }
      parts["", default: []].append(times.reduce(0) { $0 + $1.1 })
    }
    return ["", ", forward", ", backward", ", Adam"].map { part in
      Measurement(
        .step, "training step\(part): \(title)", outcropWay, parts[part]!,
        Cost(flop: part.isEmpty ? flop(isTraining: true) : nil))
    }
  }

  /// The phases of one step and their times in milliseconds.
  func step(_ index: Int) -> [(String, Double)] {
    let batch = workload.batch(index)
    var loss = Tensor<Float>(0)
    let times = [
      (
        ", forward",
        milliseconds {
          loss = Targets<Float>(batch).loss(model(batch, ForwardContext(isTraining: true)))
        }
      ),
      (", backward", milliseconds { loss.backward() }),
      (
        ", Adam",
        milliseconds {
          optimizer.step()
          model.zeroGradients()
        }
      ),
    ]
    precondition(loss.scalar.isFinite, "the loss of step \(index) is \(loss.scalar)")
    return times
  }

  /// The evaluation of one batch, without a tape.
  func evaluation(_ effort: Effort) -> [Measurement] {
    var index = 0
    return sideBySide(
      .evaluation, "evaluation: \(title)", effort, Cost(flop: flop(isTraining: false)),
      [
        (
          outcropWay,
          {
            withoutGradients { _ = model(workload.batch(index), .evaluation()) }
            index += 1
          }
        )
      ])
  }
}

/// The models that are measured, by name.
package enum BenchModel: String, CaseIterable, Sendable {
  case gt = "GT"
  case san = "SAN"
  case graphit = "GraphiT"

  func measure(_ families: Set<BenchFamily>, _ workload: Workload, _ effort: Effort)
    -> [Measurement]
  {
    switch self {
    case .gt: run(GraphTransformerConfiguration(), families, workload, effort)
    case .san: run(SANConfiguration(), families, workload, effort)
    case .graphit: run(GraphiTConfiguration(), families, workload, effort)
    }
  }

  private func run(
    _ configuration: some ModelArchitecture, _ families: Set<BenchFamily>, _ workload: Workload,
    _ effort: Effort
  ) -> [Measurement] {
    let bench = ModelBench(configuration, workload)
    return (families.contains(.step) ? bench.steps(effort) : [])
      + (families.contains(.evaluation) ? bench.evaluation(effort) : [])
  }
}
