import Outcrop

let data = SampleDataset.make(sizes: (train: 512, validation: 64, test: 64))
let model = GraphTransformer<Float>(
  GraphTransformerConfiguration(for: data, layerCount: 3, width: 32), seed: 1)
let training = TrainingConfiguration(epochs: 5, batchSize: 32)
try Trainer(model, configuration: training, task: data.task)
  .run(train: data.train, validation: data.validation, progress: ConsoleProgress(title: "small GT"))
let result = try Evaluation(of: model, on: data.test, task: data.task)
print("test \(result.metric.name): \(result.metric.value)")
