import OutcropCore
import OutcropNN
import OutcropTensor
import Testing

@Suite("Layers")
struct LayerTests {
  @Test("BatchNorm's running statistics move by a tenth, the variance unbiased")
  func runningStatistics() {
    let layer = BatchNormLayer<Double>(width: 2)
    let x = Tensor<Double>([1, 0, 3, 0, 5, 3], shape: [3, 2])
    let training = layer(x, isTraining: true)
    #expect(abs(training.values[0] + 2 / (8.0 / 3 + 1e-5).squareRoot()) < 1e-12)
    for (found, expected) in zip(
      layer.runningMean.value.values + layer.runningVariance.value.values,
      [0.1 * 3, 0.1 * 1, 0.9 + 0.1 * 4, 0.9 + 0.1 * 3])
    {
      #expect(abs(found - expected) < 1e-14)
    }
    #expect(layer.batchCount.value == 1)
    let evaluation = layer(x, isTraining: false)
    #expect(abs(evaluation.values[0] - 0.7 / (1.3 + 1e-5).squareRoot()) < 1e-12)
    #expect(layer.batchCount.value == 1)
  }

  @Test("BatchNorm leaves its statistics alone for a batch without rows")
  func noRows() {
    let layer = BatchNormLayer<Float>(width: 3)
    #expect(layer(.zeros([0, 3]), isTraining: true).shape == [0, 3])
    #expect(layer.runningMean.value.values == [0, 0, 0] && layer.batchCount.value == 0)
    _ = layer(.ones([1, 3]), isTraining: true)
    #expect(layer.runningVariance.value.values.allSatisfy { abs($0 - 0.9) < 1e-6 })
  }

  @Test("The readout halves its width and counts its parameters")
  func readout() {
    var generator = RandomGenerator(seed: 1)
    let readout = MLPReadout<Float>(width: 37, outputs: 5, using: &generator)
    #expect(
      readout.parameters.map(\.name) == [
        "FC_layers.0.weight", "FC_layers.0.bias", "FC_layers.1.weight", "FC_layers.1.bias",
        "FC_layers.2.weight", "FC_layers.2.bias",
      ])
    #expect(readout.layers.map { $0.weight.shape } == [[18, 37], [9, 18], [5, 9]])
    #expect(readout.parameterCount == 18 * 38 + 9 * 19 + 5 * 10)
    #expect(readout(.ones([4, 37])).shape == [4, 5])
  }

  @Test("Replacing a parameter forgets its gradient; updating it leaves what a tape holds")
  func parameter() {
    let parameter = Parameter<Float>(.ones([2]))
    (parameter.value * parameter.value).sum().backward()
    #expect(parameter.gradient?.values == [2, 2])
    parameter.replace(with: Tensor([3, 4]))
    #expect(parameter.gradient == nil)
    let product = (parameter.value * parameter.value).sum()
    parameter.update { $0[0] = 100 }
    product.backward()
    #expect(parameter.value.values == [100, 4])
    #expect(parameter.gradient?.values == [6, 8])
  }
}
