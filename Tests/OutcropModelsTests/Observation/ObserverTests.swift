import Foundation
import OutcropCore
import OutcropFiles
import OutcropGraph
import OutcropModels
import OutcropTestSupport
import Testing

@Suite struct ObserverTests {
  @Test func observingChangesNothing() {
    let model = GraphTransformer<Float>(tinyConfiguration(), seed: 3)
    let batch = GraphBatch(sample.test)
    let recorder = ActivationRecorder<Float>()
    for isTraining in [false, true] {
      func scores(_ observers: [any ActivationObserver]) -> [UInt32] {
        model(
          batch,
          ForwardContext(
            isTraining: isTraining, generator: RandomGenerator(seed: 4), observers: observers)
        ).values.map(\.bitPattern)
      }
      #expect(scores([]) == scores([recorder]))
    }
    #expect(recorder.activations.count == 4)
    #expect(recorder.activations.values.allSatisfy { $0.count == 2 })
    #expect(recorder.single(.edge, 1)?.shape == [batch.edgeCount, 16])
    #expect(recorder.single(.node, 0)?.shape == [batch.nodeCount, 16])
    #expect(recorder.single(.edge, 2) == nil)
  }

  @Test func trainingIsSeen() throws {
    let recorder = ActivationRecorder<Float>()
    let (watched, alone) = (trainer(epochs: 2), trainer(epochs: 2))
    try watched.run(train: sample.train, validation: sample.validation, observers: [recorder])
    try alone.run(train: sample.train, validation: sample.validation)
    // Three batches an epoch.
    #expect(recorder.activations.values.allSatisfy { $0.count == 6 })
    #expect(bits(watched.model) == bits(alone.model))
  }

  @Test func destinationOrder() {
    let model = GraphTransformer<Float>(tinyConfiguration(), seed: 3)
    let batch = GraphBatch(sample.test)
    let original = ActivationRecorder<Float>()
    let sorted = ActivationRecorder<Float>(inOriginalOrder: false)
    _ = model(batch, .evaluation(observers: [original, sorted]))
    let (a, b) = (original.single(.edge, 0)!.values, sorted.single(.edge, 0)!.values)
    for (row, place) in batch.edges.originalOrder.enumerated() {
      #expect(a[Int(place) * 16..<Int(place + 1) * 16] == b[row * 16..<(row + 1) * 16])
    }
  }

  @Test func stateFile() throws {
    let folder = try TemporaryFolder()
    let (a, b) = (
      GraphTransformer<Float>(tinyConfiguration(), seed: 1),
      GraphTransformer<Float>(tinyConfiguration(), seed: 2)
    )
    // Statistics and counters away from their initial values.
    _ = a(GraphBatch(sample.test), ForwardContext(isTraining: true))
    var writer = SafetensorsWriter()
    a.add(to: &writer, prefix: "part/")
    try writer.write(to: folder.path("state"))
    let file = try SafetensorsFile(path: folder.path("state"))
    #expect(bits(a) != bits(b))
    try b.load(from: file, prefix: "part/")
    #expect(bits(a) == bits(b))
    let wide = GraphTransformer<Float>(tinyConfiguration(width: 32), seed: 1)
    let before = bits(wide)
    let error = #expect(throws: InputError.self) {
      try wide.load(from: file, prefix: "part/")
    }
    #expect(error?.file == file.path)
    #expect(bits(wide) == before)
  }
}
