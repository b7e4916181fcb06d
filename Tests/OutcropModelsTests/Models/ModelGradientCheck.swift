import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropTensor

/// A whole model's gradients against central differences, at a few coordinates of every parameter.
///
/// A coordinate is held to a relative 1e-6 of itself or, where it is small, of a thousandth of the
/// model's largest. One that fails is taken for a kink (a ReLU or clamp that changes side within the
/// step) only if the function's own second differences say so: they grow with the square of the step
/// where a function is smooth. The gradient under test has no say in that.
struct ModelGradientCheck {
  private(set) var problems: [String] = []
  private(set) var checked = 0
  private(set) var kinks = 0
  /// The largest gradient of each parameter, by name.
  private(set) var largest: [String: Double] = [:]

  init(_ model: any GraphModel<Double>, _ batch: GraphBatch, seed: UInt64) {
    run(model, batch, seed)
  }

  private mutating func run(_ model: some GraphModel<Double>, _ batch: GraphBatch, _ seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    let weights = (0..<batch.labeledCount * model.outputCount).map { _ in generator.normal() }
    func loss() -> Tensor<Double> {
      let context = ForwardContext(isTraining: true)
      context.flipsEncodingSigns = false
      let scores = model(batch, context)
      return (scores * Tensor(weights, shape: scores.shape)).sum() + 0.3 * (scores * scores).sum()
    }
    model.zeroGradients()
    loss().backward()
    let parameters = model.parameters.map { name, parameter in
      (
        name, parameter,
        parameter.gradient?.values ?? Array(repeating: 0, count: parameter.value.count)
      )
    }
    for (name, _, gradient) in parameters {
      largest[name] = gradient.reduce(0) { max($0, $1.magnitude) }
    }
    let scale = max(1, largest.values.max() ?? 0)
    for (name, parameter, gradient) in parameters {
      // The largest one, which is hard to get right by chance, and a few at random.
      var places = [gradient.indices.max { gradient[$0].magnitude < gradient[$1].magnitude }!]
      places += (0..<2).map { _ in generator.below(gradient.count) }
      for place in Set(places) {
        let original = parameter.value.values[place]
        func at(_ offset: Double) -> Double {
          parameter.update { $0[place] = original + offset }
          defer { parameter.update { $0[place] = original } }
          return withoutGradients { loss().scalar }
        }
        let h = 1e-5
        func gap(_ expected: Double) -> Double {
          let unit = max(gradient[place].magnitude, expected.magnitude, 1e-3 * scale)
          return (gradient[place] - expected).magnitude / unit
        }
        checked += 1
        let near = (at(-h), at(h))
        if gap((near.1 - near.0) / (2 * h)) <= 1e-6 { continue }
        // Where the function bends, differences of fourth order.
        let far = (at(-2 * h), at(2 * h))
        let expected = (8 * (near.1 - near.0) - (far.1 - far.0)) / (12 * h)
        if gap(expected) <= 1e-6 { continue }
        let middle = at(0)
        let bend = (far.0 + far.1 - 2 * middle) - 4 * (near.0 + near.1 - 2 * middle)
        if bend.magnitude > 0.1 * h * (gradient[place] - expected).magnitude {
          kinks += 1
          continue
        }
        problems.append(
          "\(name) at \(place): the gradient is \(gradient[place]), differences give \(expected)")
      }
    }
  }
}
