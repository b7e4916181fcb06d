import Foundation
import OutcropNN
import OutcropTensor
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

  @Test("takes its decay rates and epsilon")
  func settings() {
    // Without averaging a step is learningRate · g / (|g| + epsilon).
    let module = Parameters<Double>([Tensor([1, 1])])
    (module.all[0].value * Tensor([3, -1])).sum().backward()
    Adam(module, learningRate: 0.5, betas: (0, 0), epsilon: 1).step()
    let expected = [1 - 0.5 * 3 / 4, 1 + 0.5 / 2]
    for (value, expected) in zip(module.all[0].value.values, expected) {
      #expect(abs(value - expected) < 1e-12)
    }
  }

  @Test("steps parameters without elements, and of several chunks")
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
