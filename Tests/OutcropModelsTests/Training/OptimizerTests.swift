import Foundation
import OutcropModels
import OutcropTensor
import OutcropTestSupport
import Testing

/// Parameters and nothing else, as a module outside the package would be written.
private final class Parameters<Scalar: TensorScalar>: Module {
  let all: [Parameter<Scalar>]
  init(_ values: [Tensor<Scalar>]) { all = values.map { Parameter($0) } }
  var state: [StateEntry<Scalar>] {
    all.enumerated().map { StateEntry(name: "\($0)", content: .parameter($1)) }
  }
}

@Suite("Adam")
struct AdamTests {
  private func run<S: TensorScalar>(
    _ truth: TrainingTruth.AdamRun, _: S.Type, tolerance: Double
  ) {
    let module = Parameters(
      zip(truth.start, truth.shapes).map { Tensor<S>($0.map { S($0) }, shape: $1) })
    let optimizer = Adam(
      module, learningRate: truth.learningRate, weightDecay: truth.weightDecay)
    for (step, (gradients, expected)) in zip(truth.gradients, truth.after).enumerated() {
      module.zeroGradients()
      for (parameter, gradient) in zip(module.all, gradients) {
        guard let gradient else { continue }
        (parameter.value * Tensor(gradient.map { S($0) }, shape: parameter.shape)).sum().backward()
      }
      optimizer.step()
      for (index, parameter) in module.all.enumerated() {
        if let problem = difference(
          "step \(step), parameter \(index)", parameter.value.values, expected[index],
          tolerance: tolerance)
        {
          Issue.record("\(problem)")
        }
      }
    }
  }

  @Test("steps as PyTorch's, in double precision", arguments: 0..<2)
  func double(_ index: Int) {
    run(TrainingTruth.values.adam[index], Double.self, tolerance: 1e-13)
  }

  @Test("steps as PyTorch's, in single precision", arguments: 0..<2)
  func single(_ index: Int) {
    run(TrainingTruth.values.adam[index], Float.self, tolerance: 1e-6)
  }

  @Test("leaves values that a tape still needs, and parameters without a gradient")
  func values() {
    let module = Parameters<Float>([.ones([3]), .ones([2])])
    let product = module.all[0].value * module.all[0].value
    let held = module.all[0].value
    product.sum().backward()
    Adam(module, learningRate: 0.1).step()
    #expect(held.values == [1, 1, 1])
    #expect(module.all[0].value.values.allSatisfy { abs($0 - 0.9) < 1e-6 })
    #expect(module.all[1].value.values == [1, 1])
  }

  @Test("steps parameters without elements, and of several pieces")
  func sizes() {
    let module = Parameters<Float>([.zeros([0, 3]), .zeros([100_000])])
    (module.all[0].value.sum() + module.all[1].value.sum()).backward()
    Adam(module, learningRate: 0.5).step()
    #expect(module.all[0].value.shape == [0, 3])
    #expect(module.all[1].value.values.allSatisfy { abs($0 + 0.5) < 1e-6 })
  }
}

@Suite("The plateau schedule")
struct PlateauScheduleTests {
  // Rates are the same to the last bit: both multiply by the factor.
  @Test("lowers the rate when PyTorch's does", arguments: 0..<8)
  func rates(_ index: Int) {
    let truth = TrainingTruth.values.plateau[index]
    var schedule = PlateauSchedule(patience: truth.patience, factor: truth.factor)
    var rate = truth.learningRate
    let found = truth.losses.map { loss in
      rate = schedule.next(rate, after: loss.value)
      return rate
    }
    #expect(found == truth.rates)
  }

  @Test("has the cases that the test names") func cases() {
    #expect(TrainingTruth.values.plateau.count == 8)
    let lowered = TrainingTruth.values.plateau.count { $0.rates.last! < $0.learningRate }
    #expect(lowered >= 6)
  }

  @Test("comes back from JSON as it was") func json() throws {
    var schedule = PlateauSchedule(patience: 3)
    let losses: [Double] = [0.1 + 0.2, 0.7, 1.0 / 3.0, 5]
    for loss in losses { _ = schedule.next(1, after: loss) }
    let data = try JSONEncoder().encode(schedule)
    #expect(try JSONDecoder().decode(PlateauSchedule.self, from: data) == schedule)
    let fresh = PlateauSchedule(patience: 1)
    let freshData = try JSONEncoder().encode(fresh)
    #expect(try JSONDecoder().decode(PlateauSchedule.self, from: freshData) == fresh)
  }
}
