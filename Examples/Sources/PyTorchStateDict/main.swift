// A PyTorch model's state dict, loaded into the same model in Swift. The file also contains an input and
// PyTorch's result (Examples/Python/make_state_dict.py writes it). Prints the largest difference and fails
// above 1e-5.
import Foundation
import Outcrop

/// The same properties as the Python class, so that the names are the same.
final class Encoder: Module {
  let project: LinearLayer<Float>
  let layers: [TransformerEncoderLayer<Float>]
  let head: Sequential<Float>

  init(using generator: inout RandomGenerator) {
    project = LinearLayer(in: 4, out: 16, using: &generator)
    var layers: [TransformerEncoderLayer<Float>] = []
    for _ in 0..<2 {
      layers.append(
        TransformerEncoderLayer(width: 16, heads: 4, feedForwardWidth: 32, using: &generator))
    }
    self.layers = layers
    head = Sequential(
      LayerNormLayer(width: 16), LinearLayer(in: 16, out: 8, using: &generator),
      ActivationLayer { $0.relu() }, LinearLayer(in: 8, out: 3, using: &generator))
  }

  func callAsFunction(_ x: Tensor<Float>) -> Tensor<Float> {
    head(layers.reduce(project(x)) { $1($0) }.mean(axes: [1]))
  }
}

let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
let path = CommandLine.arguments.dropFirst().first ?? beside.path + "/encoder.safetensors"
let file = try SafetensorsFile(path: path)

var generator = RandomGenerator(seed: 1)
let model = Encoder(using: &generator)
// The names begin with `module.`, since the model was wrapped for several devices.
try model.load(from: file)
model.eval()
print(model)

let found = model(try Tensor(file, "example/x"))
let expected = try Tensor<Float>(file, "example/y")
let gap = (found - expected).abs().max().scalar
print("largest difference \(gap)")
if !(gap <= 1e-5) { exit(1) }
