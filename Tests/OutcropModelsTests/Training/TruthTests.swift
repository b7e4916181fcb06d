import Foundation
import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

/// What `Truth/make_truth.py` computed with PyTorch and SciPy.
private struct Truth: Decodable {
  struct Plateau: Decodable {
    let losses, rates: [Double]
    let patience: Int
    let factor, rate: Double
  }
  struct Steps: Decodable {
    let decay, rate: Double
    let start: [Double]
    let gradients, values: [[Double]]
  }
  struct Area: Decodable {
    let scores, labels: [Float]
    let area: Double
  }
  struct Entropy: Decodable {
    let shape: [Int]
    let logits, targets, mask, gradient: [Double]
    let loss: Double
  }
  let plateau: [Plateau]
  let adam: [Steps]
  let auc: [Area]
  let entropy: [Entropy]

  init(_: Void = ()) throws {
    let url = try #require(
      Bundle.module.url(forResource: "truth", withExtension: "json", subdirectory: "Truth"))
    self = try JSONDecoder().decode(Truth.self, from: Data(contentsOf: url))
  }
}

private final class OneParameter: Module {
  let parameter: Parameter<Double>
  init(_ values: [Double]) { parameter = Parameter(Tensor(values)) }
  var state: [StateEntry<Double>] { [StateEntry(name: "x", content: .parameter(parameter))] }
}

@Suite struct TruthTests {
  private let truth: Truth
  init() throws { truth = try Truth() }

  @Test func schedule() {
    #expect(truth.plateau.count == 36)
    for sequence in truth.plateau {
      var schedule = PlateauSchedule(patience: sequence.patience, factor: sequence.factor)
      var rate = sequence.rate
      let rates = sequence.losses.map { loss in
        rate = schedule.next(rate, after: loss)
        return rate
      }
      #expect(rates == sequence.rates)
    }
  }

  @Test func scheduleWithoutNumbers() {
    var schedule = PlateauSchedule(patience: 1)
    #expect(schedule.next(1, after: .nan) == 1)
    #expect(schedule.best == nil && schedule.badEpochs == 1)
    #expect(schedule.next(1, after: 3) == 1)
    #expect(schedule.best == 3 && schedule.badEpochs == 0)
  }

  @Test func adam() {
    #expect(truth.adam.count == 4)
    for run in truth.adam {
      let model = OneParameter(run.start)
      let optimizer = Adam(model, learningRate: run.rate, weightDecay: run.decay)
      for (gradient, values) in zip(run.gradients, run.values) {
        model.zeroGradients()
        (model.parameter.value * Tensor(gradient)).sum().backward()
        optimizer.step()
        let gap = difference(
          "decay \(run.decay)", model.parameter.value.values, values, tolerance: 1e-12)
        #expect(gap == nil)
      }
    }
  }

  @Test func adamWithoutGradient() {
    let model = OneParameter([1, 2])
    Adam(model, learningRate: 0.1, weightDecay: 1).step()
    #expect(model.parameter.value.values == [1, 2])
  }

  @Test func areaUnderTheCurve() {
    #expect(truth.auc.count == 5)
    for case let area in truth.auc {
      let metric = Metric(
        task: .binaryClassification, scores: area.scores, labels: area.labels, targets: 1)
      #expect(abs(metric.value - area.area) <= 1e-15)
      // A missing label plays no part, and neither does a target without both classes.
      let metrics = Metric(
        task: .binaryClassification, scores: (area.scores + [9]).flatMap { [$0, $0] },
        labels: (area.labels + [.nan]).flatMap { [$0, 1] }, targets: 2)
      #expect(metrics.value == metric.value)
    }
    let one = Metric(
      task: .binaryClassification, scores: [1, 2], labels: [1, 1], targets: 1)
    #expect(one.value.isNaN)
  }

  @Test(.timeLimit(.minutes(1))) func areaOfScoresThatAreNotNumbers() {
    let metric = Metric(
      task: .binaryClassification, scores: [.nan, 0.5, .nan], labels: [0, 1, 1], targets: 1)
    #expect(metric.value.isNaN)
  }

  private func batch(_ labels: [Float], _ rows: Int, _ columns: Int) throws -> GraphBatch {
    try GraphBatch(
      nodeCounts: [Int32](repeating: 1, count: rows), sources: [], destinations: [],
      targets: labels, targetCount: columns)
  }

  @Test func maskedCrossEntropy() throws {
    #expect(truth.entropy.count == 3)
    for entropy in truth.entropy {
      let labels = zip(entropy.targets, entropy.mask).map { $1 == 0 ? Float.nan : Float($0) }
      let targets = Targets<Double>(
        try batch(labels, entropy.shape[0], entropy.shape[1]), task: .binaryClassification)
      #expect(targets.labelCount == entropy.mask.count { $0 == 1 })
      let logits = Tensor<Double>(entropy.logits, shape: entropy.shape).trackingGradients()
      let loss = targets.loss(logits)
      loss.backward()
      #expect(difference("loss", [loss.scalar], [entropy.loss], tolerance: 1e-13) == nil)
      let gradient = try #require(logits.gradient).values
      #expect(difference("gradient", gradient, entropy.gradient, tolerance: 1e-13) == nil)
    }
  }

  @Test func absoluteErrorOverPresentLabels() throws {
    let targets = Targets<Double>(try batch([1, .nan, 3, .nan], 2, 2))
    let scores = Tensor<Double>([2, 7, 0, -5], shape: [2, 2]).trackingGradients()
    let loss = targets.loss(scores)
    loss.backward()
    #expect(loss.scalar == 2)
    #expect(scores.gradient?.values == [0.5, 0, -0.5, 0])
  }
}
