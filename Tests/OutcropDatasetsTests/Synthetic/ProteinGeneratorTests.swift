import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct ProteinGeneratorTests {
  /// The undirected edges of a graph, as (lower, higher).
  private func edges(_ graph: LargeGraph) -> [[Int]] {
    (0..<graph.nodeCount).flatMap { node in
      graph.neighbors(of: node).filter { node < Int($0) }.map { [node, Int($0)] }
    }
  }

  @Test(arguments: [
    (16, 0), (16, 120), (17, 136), (17, 5), (50, 1225), (100, 4000), (333, 20000), (2000, 30000),
  ])
  func graphsAreSimpleAndOfTheSizeAskedFor(nodes: Int, count: Int) {
    let graph = ProteinGenerator(nodeCount: nodes, edgeCount: count, seed: 3).dataset().graph
    #expect(graph.nodeCount == nodes && graph.edgeCount == count)
    let pairs = edges(graph)
    // No loop is lost by the comparison above only if all edges are there.
    #expect(pairs.count == count)
    #expect(Set(pairs).count == count)
  }

  @Test func filesHoldTheSameGraph() throws {
    let folder = try TemporaryFolder()
    let generator = ProteinGenerator(nodeCount: 700, edgeCount: 150_000, seed: 5)
    var steps: [Int] = []
    try generator.write(to: folder.path + "/graph", name: "some") { steps.append($0) }
    #expect(steps == steps.sorted() && steps.last == 150_000)
    let (read, made) = (try NodeDataset.read(folder.path + "/graph"), generator.dataset())
    #expect(read.name == "some" && read.isSynthetic)
    #expect(read.sourceDescription == made.sourceDescription)
    #expect(read.sourceDescription.contains("synthetic"))
    #expect(read.graph.hasScoresInThousandths)
    #expect(read.species == made.species && read.speciesValues == made.speciesValues)
    #expect(
      read.train == made.train && read.validation == made.validation && read.test == made.test)
    #expect(read.labels(of: Array(0..<700)) == made.labels(of: Array(0..<700)))
    for node in 0..<700 {
      #expect(read.graph.neighbors(of: node) == made.graph.neighbors(of: node))
      #expect(read.graph.edges(at: node) == made.graph.edges(at: node))
    }
    #expect((0..<150_000).allSatisfy { read.graph.scores(of: $0) == made.graph.scores(of: $0) })
  }

  @Test func oneSeedOneGraphOnAnyNumberOfThreads() throws {
    let folder = try TemporaryFolder()
    func checksum(_ seed: UInt64, _ name: String) throws -> String {
      try ProteinGenerator(nodeCount: 300, edgeCount: 9000, seed: seed)
        .write(to: folder.path + "/" + name)
      return try NodeDataset.read(folder.path + "/" + name).checksum
    }
    let first = try checksum(1, "a")
    let threads = ThreadPool.threadCount
    ThreadPool.threadCount = threads == 1 ? 3 : 1
    defer { ThreadPool.threadCount = threads }
    #expect(try checksum(1, "b") == first)
    #expect(try checksum(2, "c") != first)
  }

  @Test func onlyItsOwnFoldersAreReplaced() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/graph"
    let small = ProteinGenerator(nodeCount: 20, edgeCount: 40)
    try small.write(to: path)
    #expect(throws: InputError.self) { try small.write(to: path) }
    _ = try NodeDataset.read(path)
    try ProteinGenerator(nodeCount: 30, edgeCount: 50).write(to: path, overwrite: true)
    #expect(try NodeDataset.read(path).nodeCount == 30)
    try folder.write("graph/notes.txt", "mine")
    let error = #expect(throws: InputError.self) { try small.write(to: path, overwrite: true) }
    #expect(error?.found.contains("notes.txt") == true)
    #expect(try NodeDataset.read(path).nodeCount == 30)
    // A real data set of the same layout is nobody's to replace.
    let real = try NodeFolderFixture()
    #expect(throws: InputError.self) { try small.write(to: real.path, overwrite: true) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["graph"])
  }

  @Test func theGraphLooksLikeProteins() {
    let dataset = ProteinGenerator(nodeCount: 6000, edgeCount: 150_000, seed: 9).dataset()
    let summary = NodeDatasetDescription(dataset)
    // A heavy tail.
    #expect(summary.degrees.maximum > 4 * summary.degrees.median)
    #expect(summary.degrees.minimum < summary.degrees.median / 2)
    // Sparse scores: most are 0, none above 1, every edge has one.
    #expect(summary.scores.count == 8)
    #expect(summary.scores.allSatisfy { $0.share > 0.03 && $0.maximum <= 1 })
    #expect(summary.scores.count { $0.share < 0.3 } >= 6, "\(summary.scores.map(\.share))")
    #expect((0..<dataset.edgeCount).allSatisfy { dataset.graph.scores(of: $0).contains { $0 > 0 } })
    // Labels are unbalanced, with both classes everywhere; splits have species of their own.
    #expect(summary.unusedNodes == 0)
    for split in summary.splits {
      #expect(split.nodes > 400 && split.targetsWithBothClasses == 112)
      #expect(split.positiveShare > 0.05 && split.positiveShare < 0.25)
    }
    for species in 0..<8 {
      #expect(summary.splits.count { $0.speciesCounts[species] > 0 } == 1)
    }
    // Most edges stay inside a species, some don't.
    let inside = (0..<dataset.nodeCount).reduce(0) { sum, node in
      sum
        + dataset.graph.neighbors(of: node).count {
          dataset.species[Int($0)] == dataset.species[node]
        }
    }
    let share = Double(inside) / Double(dataset.graph.directedEdgeCount)
    #expect(share > 0.8 && share < 0.98, "\(share)")
  }

  /// What a model can learn: nearest class centers of mean scores, learned on the training species,
  /// predict labels of the test species far better than chance.
  @Test func neighborhoodsTellAboutLabels() {
    let dataset = ProteinGenerator(nodeCount: 3000, edgeCount: 120_000, seed: 2).dataset()
    func features(_ node: Int32) -> [Float] {
      let edges = dataset.graph.edges(at: Int(node))
      var sums = [Float](repeating: 0, count: 8)
      for edge in edges {
        for (channel, score) in dataset.graph.scores(of: edge).enumerated() {
          sums[channel] += score
        }
      }
      return sums.map { $0 / Float(max(1, edges.count)) }
    }
    let (known, unknown) = (dataset.train.map(features), dataset.test.map(features))
    var areas: [Double] = []
    for target in 0..<20 {
      var centers = [[Float]](repeating: Array(repeating: 0, count: 8), count: 2)
      var counts: [Float] = [0, 0]
      for (node, feature) in zip(dataset.train, known) {
        let label = Int(dataset.label(of: Int(node), target: target))
        counts[label] += 1
        for channel in 0..<8 { centers[label][channel] += feature[channel] }
      }
      let direction = (0..<8).map { centers[1][$0] / counts[1] - centers[0][$0] / counts[0] }
      let scored = zip(dataset.test, unknown).map { node, feature in
        (
          zip(direction, feature).reduce(0) { $0 + $1.0 * $1.1 },
          dataset.label(of: Int(node), target: target)
        )
      }
      let positive = scored.filter { $0.1 == 1 }.map(\.0)
      let negative = scored.filter { $0.1 == 0 }.map(\.0)
      var wins = 0.0
      for value in positive {
        for other in negative { wins += value > other ? 1 : value == other ? 0.5 : 0 }
      }
      areas.append(wins / Double(positive.count * negative.count))
    }
    let mean = areas.reduce(0, +) / Double(areas.count)
    #expect(mean > 0.65, "\(areas)")
  }
}
