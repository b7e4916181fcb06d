import Foundation
import OutcropDatasets
import OutcropFiles
import OutcropModels
import OutcropNN

func tinyConfiguration(width: Int = 16) -> GraphTransformerConfiguration {
  var result = GraphTransformerConfiguration()
  (result.hiddenWidth, result.outputWidth) = (width, width)
  (result.headCount, result.layerCount) = (4, 2)
  (result.dropout, result.inputDropout) = (0.1, 0.1)
  return result
}

func trainer(
  epochs: Int, seed: UInt64 = 5, width: Int = 16,
  change: (inout TrainingConfiguration) -> Void = { _ in }
) -> Trainer<GraphTransformer<Float>> {
  var configuration = TrainingConfiguration()
  configuration.epochs = epochs
  configuration.batchSize = 24
  configuration.patience = 0
  configuration.seed = seed
  change(&configuration)
  return Trainer(
    GraphTransformer(tinyConfiguration(width: width), seed: 9), configuration: configuration,
    task: .regression)
}

let sample = SampleDataset.make(seed: 2, sizes: (train: 64, validation: 16, test: 16))

/// Every value of a model's state, as bits.
func bits(_ model: some Module<Float>) -> [String: [UInt64]] {
  Dictionary(
    uniqueKeysWithValues: model.state.map { entry in
      switch entry.content {
      case .parameter(let p): (entry.name, p.value.values.map { UInt64($0.bitPattern) })
      case .statistic(let s): (entry.name, s.value.values.map { UInt64($0.bitPattern) })
      case .counter(let c): (entry.name, [UInt64(bitPattern: c.value)])
      }
    })
}

/// Every tensor of a file, as bytes.
func tensors(_ path: String) throws -> [String: [UInt8]] {
  let file = try SafetensorsFile(path: path)
  return Dictionary(
    uniqueKeysWithValues: try file.names.map { name in
      (name, try file.withUnsafeBytes(of: name) { [UInt8]($0) })
    })
}
