import Outcrop

let data = SampleDataset.make(sizes: (train: 512, validation: 64, test: 64))
var shape = GraphTransformerConfiguration.zinc
(shape.layerCount, shape.hiddenWidth, shape.outputWidth) = (3, 32, 32)
var training = TrainingConfiguration()
(training.epochs, training.batchSize) = (5, 32)
let model = GraphTransformer<Float>(shape, seed: 1)
try Trainer(model, training, task: data.task)
  .run(train: data.train, validation: data.validation, progress: ConsoleProgress(title: "small GT"))
let result = Evaluation(of: model, on: data.test, task: data.task)
print("test \(result.metric.name): \(result.metric.value)")
