import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct MoleculeGeneratorTests {
  /// One large sample for all tests of distribution.
  private static let sample = SampleDataset.make(seed: 11, sizes: (8000, 500, 500))

  /// The most that bonds to heavy atoms may add up to, from chemistry and independent of the
  /// generator's own table: element valence + charge, less the written hydrogens.
  private let valences: [String: Int] = [
    "C": 4, "O": 2, "N": 3, "F": 1, "C H1": 3, "S": 6, "Cl": 1, "O -": 1, "N H1 +": 3, "Br": 1,
    "N H3 +": 1, "N H2 +": 2, "N +": 4, "N -": 2, "S -": 1, "I": 1, "P": 5,
  ]

  @Test func moleculesAreValid() {
    for graph in Self.sample.train.prefix(4000) + Self.sample.test {
      #expect(graph.inconsistency == nil)
      #expect((9...37).contains(graph.nodeCount))
      var spent = [Int](repeating: 0, count: graph.nodeCount)
      var bonds: [[Int32]: Int32] = [:]
      for (edge, (source, destination)) in zip(graph.sources, graph.destinations).enumerated() {
        let order = graph.edgeTypes![edge, 0]
        #expect((1...3).contains(order) && source != destination)
        spent[Int(source)] += Int(order)
        #expect(bonds.updateValue(order, forKey: [source, destination]) == nil)  // no duplicates
      }
      for (ends, order) in bonds { #expect(bonds[[ends[1], ends[0]]] == order) }  // both directions
      for node in 0..<graph.nodeCount {
        let name = ZINCEncoding.nodeTypeNames[Int(graph.nodeTypes![node, 0])]
        #expect(spent[node] <= valences[name]!, "\(name) with \(spent[node])")
      }
      let rows = zip(graph.sources, graph.destinations).map { [$0, $1] }
      #expect(zip(rows, rows.dropFirst()).allSatisfy { ($0[0], $0[1]) < ($1[0], $1[1]) })
      #expect(isConnected(graph))
      #expect(graph.targets.count == 1 && graph.targets[0].isFinite)
    }
  }

  private func isConnected(_ graph: Graph) -> Bool {
    let edges = EdgeIndex(
      sources: graph.sources, destinations: graph.destinations, nodeCount: graph.nodeCount)
    var seen: Set<Int32> = [0]
    var front: [Int32] = [0]
    while let node = front.popLast() {
      for position in edges.edges(into: Int(node)) where !seen.contains(edges.sources[position]) {
        seen.insert(edges.sources[position])
        front.append(edges.sources[position])
      }
    }
    return seen.count == graph.nodeCount
  }

  @Test func distributionsAreLikeZINC() {
    let split = DatasetDescription(Self.sample).splits[0]
    #expect(abs(split.nodesPerGraph.mean - 23.17) < 0.3)
    #expect(abs(split.edgesPerGraph.mean - 49.86) < 0.6)
    let shares = split.edgeTypeShares
    #expect(shares[0] == 0)
    #expect(abs(shares[1] - 0.742) < 0.006)
    #expect(abs(shares[2] - 0.255) < 0.006)
    #expect(abs(shares[3] - 0.0027) < 0.0006)
    // ZINC's training counts of the seventeen classes that occur more than once, of 231,664 atoms.
    let zinc = [
      162535, 22067, 25255, 3078, 8360, 4077, 1682, 958, 1620, 492, 261, 674, 459, 79, 22, 36, 5,
    ]
    for (index, count) in zinc.enumerated() {
      let expected = Double(count) / 231664
      let found = Double(split.nodeTypeCounts[index]) / Double(split.nodes)
      // A tenth for the common classes, a third for those under one percent.
      let band = expected > 0.01 ? 0.1 : expected > 0.001 ? 0.34 : .infinity
      #expect(abs(found / expected - 1) < band, "\(ZINCEncoding.nodeTypeNames[index]) \(found)")
    }
    #expect(split.nodeTypeCounts[17...].allSatisfy { $0 == 0 })
    // Degrees 1 ... 4 of ZINC: 17.8, 50.6, 30.3 and 1.3 percent.
    let degrees = split.degree.counts.map { Double($0) / Double(split.nodes) }
    for (found, expected) in zip(degrees, [0, 0.178, 0.506, 0.303, 0.013]) {
      #expect(abs(found - expected) < 0.03)
    }
    let rings = Self.sample.train.map { $0.edgeCount / 2 - $0.nodeCount + 1 }
    #expect(abs(Double(rings.reduce(0, +)) / Double(rings.count) - 2.76) < 0.1)
    let label = split.labels[0]
    #expect(abs(label.mean) < 0.15 && abs(label.standardDeviation - 2) < 0.3)
  }

  @Test func mostRingsHaveFiveOrSixAtoms() {
    var counts = [Int](repeating: 0, count: 40)
    for graph in Self.sample.validation {
      let cycle = MoleculeTarget(of: graph).cycle
      #expect(cycle >= 0)
      counts[Int(cycle)] += 1
    }
    #expect(counts[0] > 460)  // of 500: no ring of more than six atoms
    #expect(counts[0] < 500)
  }

  @Test func theSeedDecidesEverything() {
    let sizes = (train: 50, validation: 10, test: 10)
    let first = SampleDataset.make(seed: 7, sizes: sizes)
    let threads = ThreadPool.threadCount
    ThreadPool.threadCount = 1
    let second = SampleDataset.make(seed: 7, sizes: sizes)
    ThreadPool.threadCount = threads
    #expect(first.checksum == second.checksum && first.train == second.train)
    let other = SampleDataset.make(seed: 8, sizes: sizes)
    #expect(other.checksum != first.checksum)
    #expect(zip(other.train, first.train).allSatisfy { $0 != $1 })
    let larger = SampleDataset.make(seed: 7, sizes: (70, 12, 15))
    #expect(Array(larger.train.prefix(50)) == first.train)
    #expect(Array(larger.test.prefix(10)) == first.test)
    #expect(Set(first.train.map(\.sources)).intersection(first.test.map(\.sources)).isEmpty)
  }

  @Test func theSampleIsTheSameEverywhere() {
    // Changes when the generator does: then results on the sample can't be compared with older
    // ones.
    #expect(SampleDataset.make(sizes: (100, 10, 10)).checksum == "274c96c4be84cda6")
  }

  @Test func theSampleSaysThatItIsSynthetic() {
    #expect(Self.sample.isSynthetic && Self.sample.name == "sample")
    #expect(Self.sample.sourceDescription.contains("synthetic"))
    #expect(Self.sample.nodeTypeCount == 28 && Self.sample.edgeTypeCount == 4)
    #expect(Self.sample.task == .regression && Self.sample.targetCount == 1)
  }

  @Test(arguments: 0..<20)
  func targetsDoNotDependOnTheNumbering(index: Int) {
    let graph = MoleculeGenerator(seed: 5).molecule(index)
    var random = TestRandom(UInt64(index))
    let order = (0..<Int32(graph.nodeCount)).shuffled(using: &random)
    var types = graph.nodeTypes!
    for node in 0..<graph.nodeCount { types[Int(order[node]), 0] = graph.nodeTypes![node, 0] }
    let edges = (0..<Int32(graph.edgeCount)).shuffled(using: &random)
    let turned = Graph(
      nodeCount: graph.nodeCount, sources: edges.map { order[Int(graph.sources[Int($0)])] },
      destinations: edges.map { order[Int(graph.destinations[Int($0)])] }, nodeTypes: types,
      edgeTypes: graph.edgeTypes!.rows(edges))
    #expect(abs(MoleculeTarget(of: turned).value - graph.targets[0]) < 1e-5)
  }

  @Test func targetsOfKnownMolecules() {
    func molecule(_ atoms: [Int32], _ bonds: [(Int32, Int32, Int32)]) -> MoleculeTarget {
      MoleculeTarget(
        of: Graph(
          nodeCount: atoms.count, sources: bonds.flatMap { [$0.0, $0.1] },
          destinations: bonds.flatMap { [$0.1, $0.0] }, nodeTypes: IntegerFeatures(values: atoms),
          edgeTypes: IntegerFeatures(values: bonds.flatMap { [$0.2, $0.2] })))
    }
    // Benzene: six ring carbons with one hydrogen each.
    let benzene = molecule(
      [0, 0, 0, 0, 0, 0], (0..<6).map { ($0, ($0 + 1) % 6, $0 % 2 == 0 ? 2 : 1) })
    #expect(abs(benzene.solubility - 6 * 0.36) < 1e-12)
    #expect(abs(benzene.complexity - 1.68) < 1e-12 && benzene.cycle == 0)
    // Acetone, CC(=O)C: the carbonyl carbon has a polar neighbor and three neighbors.
    let acetone = molecule([0, 0, 1, 0], [(0, 1, 1), (1, 2, 2), (1, 3, 1)])
    #expect(abs(acetone.solubility - (2 * 0.44 - 0.06 - 0.3)) < 1e-12)
    #expect(abs(acetone.complexity - 1.82) < 1e-12)
    // A ring of nine, and two fused rings of five and six whose way around is nine.
    let nine = molecule([Int32](repeating: 0, count: 9), (0..<9).map { ($0, ($0 + 1) % 9, 1) })
    #expect(nine.cycle == 3)
    let fused = molecule(
      [Int32](repeating: 0, count: 9), (0..<9).map { ($0, ($0 + 1) % 9, 1) } + [(0, 4, 1)])
    #expect(fused.cycle == 0)
    #expect(abs(fused.complexity - (1.5 + 0.27 + 0.5)) < 1e-12)
  }
}
