import OutcropCore
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct SingleGraphDatasetTests {
  private func dataset(
    labels: [Float] = [0, 1, .nan, 2, 1], train: [Int32] = [4, 0], validation: [Int32] = [1],
    test: [Int32] = [3], task: GraphDataset.Task = .classification(classCount: 3)
  ) throws -> SingleGraphDataset {
    try SingleGraphDataset(
      checking: "five", name: "five",
      graph: Graph(
        nodeCount: 5, sources: [0, 1, 2, 3, 4, 0], destinations: [1, 2, 3, 4, 0, 2],
        nodeAttributes: RealFeatures(values: [0, 10, 20, 30, 40]),
        edgeTypes: IntegerFeatures(values: [0, 1, 2, 0, 1, 2])),
      labels: labels, task: task, train: train, validation: validation, test: test)
  }

  @Test func theWholeGraphIsOneExample() throws {
    let data = try dataset()
    #expect(data.train == [0, 4] && data.outputCount == 3 && data.edgeVocabularies == [3])
    let source = data.examples(.train)
    #expect(source.exampleCount == 1)
    let batch = source.batch([0], seed: 7)
    #expect(batch.nodeCount == 5 && batch.edgeCount == 6 && batch.labeledCount == 2)
    #expect(batch.labeledNodes == [0, 4] && batch.targets == [0, 1])
    #expect(try dataset(test: []).examples(.test).exampleCount == 0)
  }

  @Test func sampledNeighborhoodsHaveTheGraphsFeatures() throws {
    var data = try dataset()
    data.fanOuts = [NeighborSampler.allNeighbors, NeighborSampler.allNeighbors]
    let batch = data.examples(.test).batch([0], seed: 1)
    #expect(batch.blocks.count == 2 && batch.labeledCount == 1 && batch.targets == [2])
    // Into node 3 leads edge 2 from node 2, into that edges 1 and 5 from nodes 1 and 0.
    let last = batch.blocks[1]
    #expect(last.edges.edgeCount == 1 && last.edgeTypes?.values == [2])
    let first = batch.blocks[0]
    #expect(Set(first.edgeTypes?.values ?? []) == [1, 2] && first.edges.edgeCount == 3)
    #expect(batch.nodeAttributes?.values[..<2] == [30, 20])
    #expect(Set(batch.nodeAttributes?.values ?? []) == [30, 20, 10, 0])
  }

  @Test func whatDoesNotFitIsRefused() throws {
    func field(_ body: () throws -> SingleGraphDataset) -> String? {
      do { _ = try body() } catch let error as InputError { return error.field } catch {}
      return nil
    }
    #expect(field { try dataset(labels: [0, 1]) } == "labels")
    #expect(field { try dataset(labels: [0, 1, 3, 0, 0]) } == "labels")
    #expect(field { try dataset(labels: [0, 1, 0.5, 0, 0]) } == "labels")
    #expect(field { try dataset(train: [5]) } == "train")
    #expect(field { try dataset(validation: [-1]) } == "validation")
    #expect(field { try dataset(validation: [1, 1]) } == "validation")
    #expect(field { try dataset(test: [0]) } == "test")
    #expect(try dataset(labels: [0, 7.5, -1, 0, 0], task: .regression).outputCount == 1)
    #expect(try dataset().checksum != dataset(labels: [0, 1, .nan, 2, 2]).checksum)
    #expect(try dataset().checksum != dataset(train: [0]).checksum)
    #expect(try dataset().checksum == dataset(train: [0, 4]).checksum)
  }
}

@Suite struct OwnValueTests {
  private struct Call: Sendable {
    let from, to: Int32
    let minutes: Float
  }

  private struct Day: Sendable {
    let people: Int
    let calls: [Call]
    let wasBusy: Bool
  }

  private func dataset(_ days: some Sequence<Day>) throws -> GraphDataset {
    try GraphDataset(days, name: "calls", task: .classification(classCount: 2)) { day in
      try Graph(
        checking: "a day", nodeCount: day.people, sources: day.calls.map(\.from),
        destinations: day.calls.map(\.to),
        edgeAttributes: RealFeatures(values: day.calls.map(\.minutes)),
        targets: [day.wasBusy ? 1 : 0])
    }
  }

  @Test func valuesOfAnyTypeBecomeGraphs() throws {
    let days = (0..<20).map { day in
      let call = Call(from: 0, to: Int32(day % 3), minutes: Float(day))
      return Day(people: 3, calls: [call], wasBusy: day % 2 == 1)
    }
    let data = try dataset(days)
    #expect(data.train.count == 16 && data.validation.count == 2 && data.test.count == 2)
    let all: [Graph] = data.train + data.validation + data.test
    let minutes: [Float] = all.map { $0.edgeAttributes!.values[0] }
    let expected: [Float] = (0..<20).map { Float($0) }
    #expect(minutes.sorted() == expected)
    for graph in all {
      let minutes = Int(graph.edgeAttributes!.values[0])
      #expect(graph.destinations == [Int32(minutes % 3)])
      #expect(graph.targets == [Float(minutes % 2)])
    }
    #expect(try dataset(days).checksum == data.checksum)
    #expect(throws: InputError.self) { try dataset(days[..<2]) }
    let odd = Day(people: 1, calls: [Call(from: 0, to: 5, minutes: 1)], wasBusy: true)
    #expect(throws: InputError.self) { try dataset(days + [odd]) }
  }
}
