import Foundation
import OutcropDatasets
import OutcropExperiments
import OutcropGraph
import OutcropReport
import OutcropTestSupport
import Testing

@Suite struct MoleculeDrawingTests {
  /// ZINC's test molecules, or none where the data are not there.
  static let zinc: GraphDataset? =
    SharedFolder.has("data/ZINC")
    ? try! GraphDataset.read(from: SharedFolder.url.appendingPathComponent("data/ZINC").path) : nil

  private func places(_ graph: Graph) -> [SIMD2<Double>] {
    MoleculeLayout(
      atomCount: graph.nodeCount,
      bonds: zip(graph.sources, graph.destinations).map { (Int($0), Int($1)) }
    ).places
  }

  /// Atoms don't fall on each other and bonds keep their length, in every molecule but a few cages.
  @Test(.enabled(if: zinc != nil, "ZINC is not there")) func zincMoleculesAreLegible() {
    let graphs = Self.zinc!.test
    var poor: [Int] = []
    var worst = Double.infinity
    for (number, graph) in graphs.enumerated() {
      let places = places(graph)
      var nearest = Double.infinity
      for a in places.indices {
        for b in places[..<a].indices {
          let d = places[a] - places[b]
          nearest = min(nearest, (d * d).sum().squareRoot())
        }
      }
      let lengths = zip(graph.sources, graph.destinations).map { a, b in
        let d = places[Int(a)] - places[Int(b)]
        return (d * d).sum().squareRoot()
      }
      worst = min(worst, nearest)
      if nearest < 0.55 || lengths.contains(where: { $0 < 0.55 || $0 > 1.5 }) {
        poor.append(number)
      }
    }
    print("nearest two atoms: \(worst) bonds; drawings that are not good: \(poor)")
    #expect(worst > 0.3)
    #expect(poor.count <= graphs.count / 100)
  }

  @Test func drawingsCarryScoresAndNames() {
    let dataset = SampleDataset.make(seed: 3, sizes: (train: 0, validation: 0, test: 4))
    let model = WeighingModel(
      weights: Array(repeating: [0], count: 4), ratios: [[1, 50, 2000, 3], [1, .nan, 4, 9000]])
    let scores = EdgeScores(of: model, on: dataset.test)
    for (graph, scored) in zip(dataset.test, scores.graphs) {
      let drawing = MoleculeDrawing(
        name: "x", graph: graph, scores: scored, dataset: dataset)
      #expect(drawing.atoms.count == graph.nodeCount)
      #expect(drawing.bonds.count == graph.edgeCount / 2)
      for bond in drawing.bonds {
        #expect(bond.score == ["single": 50, "double": 2000, "triple": 9000][bond.type])
      }
      for (atom, name) in drawing.atoms.enumerated() {
        #expect(name == ZINCEncoding.nodeTypeNames[Int(graph.nodeTypes![atom, 0])])
      }
      let second = MoleculeDrawing(
        name: "x", graph: graph, scores: scored, layer: 1, dataset: dataset)
      #expect(second.bonds.allSatisfy { ($0.score == nil) == ($0.type == "single") })
    }
  }
}
