import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

@Suite struct EncodingTests {
  @Test func digestsOfTheStandard() {
    // The test suite of RFC 1321, appendix A.5.
    let expected = [
      "": "d41d8cd98f00b204e9800998ecf8427e",
      "a": "0cc175b9c0f1b6a831c399e269772661",
      "message digest": "f96b697d7cb7938d525a2f31aaf161d0",
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789":
        "d174ab98d277d9f5a5611c2c9f419d9f",
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890":
        "57edf4a22be3c955ac49da2e2107b67a",
    ]
    for (text, digest) in expected { #expect(MD5.hex(text.utf8) == digest) }
  }

  @Test func digestsInPiecesAreTheSame() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
    for cut in [0, 1, 55, 56, 63, 64, 65, 128, 299, 300] {
      var digest = MD5()
      Array(bytes.prefix(cut)).withUnsafeBytes { digest.update($0) }
      Array(bytes.dropFirst(cut)).withUnsafeBytes { digest.update($0) }
      #expect(digest.finish() == MD5.hex(bytes))
    }
  }

  /// The graphs of a golden file.
  private func graphs(_ file: TensorFile) -> [(graph: Graph, nodes: Range<Int>)] {
    let counts = file.integers("graph/num_nodes")
    let (sources, destinations) = (file.integers("graph/src"), file.integers("graph/dst"))
    var first: Int32 = 0
    return counts.map { count in
      let start = first
      first += count
      let edges = sources.indices.filter { (start..<first).contains(sources[$0]) }
      let graph = Graph(
        nodeCount: Int(count), sources: edges.map { sources[$0] - start },
        destinations: edges.map { destinations[$0] - start })
      return (graph, Int(start)..<Int(first))
    }
  }

  @Test(.enabled(if: SharedFolder.has("golden/gt_zinc_small_wlpe.safetensors"), "no golden files"))
  func weisfeilerLehmanRolesArePublishedOnes() throws {
    let file = try TensorFile("\(SharedFolder.url.path)/golden/gt_zinc_small_wlpe.safetensors")
    let expected = file.integers("graph/wl_pos_enc")
    let graphs = graphs(file)
    #expect(graphs.count == 8)
    for (graph, nodes) in graphs {
      #expect(graph.weisfeilerLehmanColors() == Array(expected[nodes]))
    }
  }

  @Test func weisfeilerLehmanRoundsRefine() {
    // A path of five nodes: ends, middle ones, the center.
    let path = Graph(
      nodeCount: 5, sources: [0, 1, 1, 2, 2, 3, 3, 4], destinations: [1, 0, 2, 1, 3, 2, 4, 3])
    func classes(_ rounds: Int) -> Int { Set(path.weisfeilerLehmanColors(rounds: rounds)).count }
    #expect((0...3).map(classes) == [1, 2, 3, 3])
    let colors = path.weisfeilerLehmanColors(rounds: 2)
    #expect(colors[0] == colors[4] && colors[1] == colors[3])
    // The digest of "1_1_1" (inside) is 4eb9…, that of "1_1" (an end) ec30…: inside comes first.
    #expect(path.weisfeilerLehmanColors(rounds: 1) == [2, 1, 1, 1, 2])
  }

  @Test(.enabled(if: SharedFolder.has("golden/gt_zinc_small_lappe.safetensors"), "no golden files"))
  func laplacianEigenvectorsSpanPublishedOnes() throws {
    let file = try TensorFile("\(SharedFolder.url.path)/golden/gt_zinc_small_lappe.safetensors")
    let expected = file.reals("graph/lap_pos_enc")
    var compared = 0
    for (graph, nodes) in graphs(file) {
      let found = try graph.laplacianEigenvectors(columns: 8)
      #expect(found.rows == nodes.count)
      let values = rayleighQuotients(graph, found)
      // Columns with one eigenvalue are compared through the projector onto their span; a group
      // that runs on past the last column is cut there and can't be.
      let beyond = try rayleighQuotients(graph, graph.laplacianEigenvectors(columns: 9))[8]
      var start = 0
      while start < 8 {
        var end = start + 1
        while end < 8, values[end] - values[end - 1] < 1e-4 { end += 1 }
        if end == 8, beyond - values[7] < 1e-4 { break }
        for row in 0..<nodes.count {
          for column in 0..<nodes.count {
            var difference: Float = 0
            for vector in start..<end {
              difference +=
                found[row, vector] * found[column, vector]
                - expected[(nodes.lowerBound + row) * 8 + vector]
                * expected[(nodes.lowerBound + column) * 8 + vector]
            }
            #expect(abs(difference) < 2e-5)
          }
        }
        compared += end - start
        start = end
      }
    }
    #expect(compared > 56)  // of 64 columns
  }

  /// vᵀ L v of each column.
  private func rayleighQuotients(_ graph: Graph, _ vectors: RealFeatures) -> [Double] {
    let degrees = graph.inDegrees.map { Double(max(1, $0)) }
    return (0..<vectors.columns).map { column in
      var sum = (0..<graph.nodeCount).reduce(0.0) { $0 + pow(Double(vectors[$1, column]), 2) }
      for (source, destination) in zip(graph.sources, graph.destinations) {
        sum -=
          Double(vectors[Int(source), column]) * Double(vectors[Int(destination), column])
          / (degrees[Int(source)] * degrees[Int(destination)]).squareRoot()
      }
      return sum
    }
  }

  @Test(arguments: 0..<6)
  func laplacianEigenvectorsAreOrthonormalEigenvectors(index: Int) throws {
    let graph = MoleculeGenerator(seed: 3).molecule(index)
    let columns = graph.nodeCount + 2
    let vectors = try graph.laplacianEigenvectors(columns: columns)
    let values = rayleighQuotients(graph, vectors)
    let real = graph.nodeCount - 1
    #expect(zip(values.prefix(real), values.prefix(real).dropFirst()).allSatisfy { $1 > $0 - 1e-6 })
    for first in 0..<columns {
      var leading: Float = 0
      for second in 0...first {
        let product = (0..<graph.nodeCount).reduce(Float(0)) {
          $0 + vectors[$1, first] * vectors[$1, second]
        }
        #expect(abs(product - (first == second && first < real ? 1 : 0)) < 1e-5)
      }
      for node in 0..<graph.nodeCount where abs(vectors[node, first]) > abs(leading) * 1.00001 {
        leading = vectors[node, first]
      }
      #expect(first < real ? leading > 0 : leading == 0)
    }
  }

  @Test func graphsTooSmallForEigenvectors() throws {
    let lone = Graph(nodeCount: 1, sources: [], destinations: [])
    #expect(try lone.laplacianEigenvectors(columns: 3).values == [0, 0, 0])
    let none = Graph(nodeCount: 0, sources: [], destinations: [])
    #expect(try none.laplacianEigenvectors(columns: 3).rows == 0)
    let pair = Graph(nodeCount: 2, sources: [0, 1], destinations: [1, 0])
    let encoding = try pair.laplacianEigenvectors(columns: 2).values
    let half = Float(0.5).squareRoot()
    for (found, expected) in zip(encoding, [half, 0, -half, 0]) {
      #expect(abs(found - expected) < 1e-6)
    }
  }

  @Test func edgesStoredOnceCountAsUndirected() throws {
    let pair = Graph(nodeCount: 2, sources: [0], destinations: [1])
    let walks = pair.randomWalkProbabilities(steps: 2).values
    for (found, expected) in zip(walks, [0, 1, 0, 1] as [Float]) {
      #expect(abs(found - expected) < 1e-6)
    }
    let spectrum = try pair.laplacianSpectrum(count: 2)
    #expect(abs(spectrum[0, 2]) < 1e-6 && abs(spectrum[0, 3] - 2) < 1e-6)
    // Every encoding of a graph is that of the graph with both directions stored.
    for index in 0..<8 {
      let both = MoleculeGenerator(seed: 5).molecule(index)
      let rows = (0..<both.edgeCount).filter { both.sources[$0] < both.destinations[$0] }
      let once = Graph(
        nodeCount: both.nodeCount, sources: rows.map { both.sources[$0] },
        destinations: rows.map { both.destinations[$0] })
      #expect(once.edgeCount * 2 == both.edgeCount)
      #expect(
        once.randomWalkProbabilities(steps: 6) == both.randomWalkProbabilities(steps: 6))
      #expect(try once.laplacianEigenvectors(columns: 4) == both.laplacianEigenvectors(columns: 4))
      #expect(once.weisfeilerLehmanColors(rounds: 2) == both.weisfeilerLehmanColors(rounds: 2))
      let weights = once.addingDiffusionWeights().attributes[.diffusionWeights]!.values
      let others = both.addingDiffusionWeights().attributes[.diffusionWeights]!.values
      #expect(weights == rows.map { others[$0] })
    }
  }

  @Test func dataSetsGetEncodingsWithoutChangingTheirChecksum() throws {
    let dataset = SampleDataset.make(sizes: (40, 3, 2))
    let encoded = try dataset.addingLaplacianEncoding(columns: 4).addingWeisfeilerLehmanRoles()
    #expect(encoded.checksum == dataset.checksum)
    #expect(
      try encoded.train[17].attributes[.laplacianEigenvectors]
        == dataset.train[17].laplacianEigenvectors(columns: 4))
    #expect(
      encoded.test[1].attributes[.weisfeilerLehmanRoles]?.values
        == dataset.test[1].weisfeilerLehmanColors())
    let largest = encoded.train.compactMap { $0.attributes[.weisfeilerLehmanRoles]?.values.max() }
      .max()!
    #expect(encoded.weisfeilerLehmanRoleCount >= Int(largest) + 1)
    #expect(dataset.weisfeilerLehmanRoleCount == 0)
  }
}
