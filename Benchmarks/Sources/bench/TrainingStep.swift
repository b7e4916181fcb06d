import Outcrop

/// A training step of a published ZINC model: forward with loss, backward, Adam.
struct TrainingStep<Architecture: ModelArchitecture> {
  let workload: Workload
  let model: GraphNetwork<Float, Architecture>

  init(_ configuration: Architecture, _ workload: Workload) {
    self.workload = workload
    model = GraphNetwork(configuration, seed: 0)
  }

  /// What the parts of a step took, and what the pool of buffers did meanwhile.
  struct Result {
    var measurements: [Measurement]
    /// Large pieces of memory taken from the system in the first pass over all batches, and after it.
    var largeAllocationsAtFirst: Int
    var largeAllocationsLater: Int
  }

  /// The matrix products of an average step, in 10⁹ floating-point operations: forward, and twice as
  /// much backward. The first layer's input gradients and the readout are a few per cent and counted
  /// as if they were needed.
  var gigaflop: Double {
    let shape = model.configuration.shape
    let d = Double(shape.hiddenWidth)
    let perNode = 2 * (3 * d * d + d * d + 4 * d * d)
    let perEdge = Architecture.name == "GT" ? 2 * (d * d + d * d + 4 * d * d) : 0
    let layer = perNode * Double(workload.nodeCount) + perEdge * Double(workload.edgeCount)
    return 3e-9 * Double(shape.layerCount) * layer
  }

  func measure(_ effort: Effort) -> Result {
    let optimizer = Adam(model, learningRate: 7e-4)
    var parts: [String: [Double]] = [:]
    var loss = Tensor<Float>(0)
    func step(_ index: Int, isMeasured: Bool) {
      let batch = workload.batch(index)
      let times = [
        ("forward", milliseconds { loss = forward(batch) }),
        ("backward", milliseconds { loss.backward() }),
        ("Adam", milliseconds { optimizer.step() }),
        ("clearing gradients", milliseconds { model.zeroGradients() }),
      ]
      precondition(loss.scalar.isFinite, "the loss of step \(index) is \(loss.scalar)")
      guard isMeasured else { return }
      for (name, time) in times { parts[name, default: []].append(time) }
      parts["whole step", default: []].append(times.reduce(0) { $0 + $1.1 })
    }
    let before = BufferPool.statistics.largeAllocations
    // Batches differ in size: every one of them is a warm-up once.
    let warmUps = max(effort.warmUps, workload.batches.count)
    for index in 0..<warmUps { step(index, isMeasured: false) }
    let warm = BufferPool.statistics.largeAllocations
    for index in 0..<effort.runs { step(warmUps + index, isMeasured: true) }
    let after = BufferPool.statistics.largeAllocations
    let threads = ThreadPool.threadCount
    let measurements = ["whole step", "forward", "backward", "Adam", "clearing gradients"].map {
      Measurement(
        "training step, \($0): \(model.name) ZINC, batch \(workload.graphsPerBatch)",
        "outcrop, \(threads) threads", parts[$0]!,
        gigaflop: $0 == "whole step" ? gigaflop : nil)
    }
    return Result(
      measurements: measurements, largeAllocationsAtFirst: warm - before,
      largeAllocationsLater: after - warm)
  }

  /// The pass over one batch without a tape, and the making of a batch from its graphs.
  func measureEvaluation(_ effort: Effort) -> [Measurement] {
    var index = 0
    func next() -> Int {
      index += 1
      return index
    }
    let threads = "outcrop, \(ThreadPool.threadCount) threads"
    return sideBySide(
      "evaluation: \(model.name) ZINC, batch \(workload.graphsPerBatch)", effort,
      gigaflop: gigaflop / 3,
      [(threads, { withoutGradients { _ = model(workload.batch(next()), .evaluation()) } })])
      + sideBySide(
        "making a batch: \(workload.graphsPerBatch) graphs", effort,
        [("outcrop", { _ = workload.assemble(next()) })])
  }

  private func forward(_ batch: GraphBatch) -> Tensor<Float> {
    Targets<Float>(batch).loss(model(batch, ForwardContext(isTraining: true)))
  }
}
