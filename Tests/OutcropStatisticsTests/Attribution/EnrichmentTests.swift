import Foundation
import OutcropStatistics
import Testing

struct EnrichmentTests {
  /// The sums of graphs given as massive and all edges by type.
  private func sums(_ massive: [[Int]], _ edges: [[Int]]) -> EnrichmentSums {
    var sums = EnrichmentSums()
    for (a, b) in zip(massive, edges) {
      sums.add(
        graph: a.indices.map { EdgeTypeCounts(type: $0, massive: a[$0], edges: b[$0]) })
    }
    return sums
  }

  private func close(_ found: Double?, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
    guard let found else { return false }
    return abs(found - expected) <= tolerance * max(1, abs(expected))
  }

  @Test func agreesWithTheDefinitionInNumPy() throws {
    let levels = attributionTruth["levels"].doubles
    for truth in attributionTruth["enrichment"].list {
      let sums = sums(
        truth["massive"].list.map { $0.list.map(\.int) },
        truth["edges"].list.map { $0.list.map(\.int) })
      #expect(!truth["results"].list.isEmpty)
      for result in truth["results"].list {
        for (level, limits) in zip(levels, result["limits"].list) {
          let found = Enrichment(sums, type: result["type"].int, level: level)
          #expect(close(found.ratio, result["ratio"].double))
          #expect(close(found.interval?.lower, limits.doubles[0]))
          #expect(close(found.interval?.upper, limits.doubles[1]))
          #expect(found.interval?.method == .deltaOverGraphs)
        }
      }
    }
  }

  @Test func normalQuantilesAgreeWithSciPy() {
    for pair in attributionTruth["normal"].list.map(\.doubles) {
      #expect(close(SpecialFunctions.normalQuantile(upperTail: pair[0]), pair[1], 1e-14))
    }
    #expect(SpecialFunctions.normalQuantile(upperTail: 0) == .infinity)
    #expect(SpecialFunctions.normalQuantile(upperTail: 1) == -.infinity)
    #expect(SpecialFunctions.normalQuantile(upperTail: 1.1).isNaN)
    #expect(SpecialFunctions.normalQuantile(upperTail: .nan).isNaN)
  }

  @Test func partsMergeToTheWholeInAnyOrder() throws {
    var random = SplitMix(4)
    let edges = (0..<60).map { _ in (0..<4).map { _ in Int.random(in: 0...9, using: &random) } }
    let massive = edges.map { $0.map { $0 == 0 ? 0 : Int.random(in: 0...90, using: &random) } }
    let whole = sums(massive, edges)
    var parts = [0..<1, 1..<1, 1..<20, 20..<60].map { part in
      sums(Array(massive[part]), Array(edges[part]))
    }
    parts.reverse()
    var merged = EnrichmentSums()
    for part in parts { merged.merge(part) }
    #expect(merged == whole)
    let copy = try JSONDecoder().decode(
      EnrichmentSums.self, from: JSONEncoder().encode(merged))
    #expect(copy == whole)
    #expect(Enrichment.all(copy) == Enrichment.all(whole))
    // A type in several parts is one type.
    var split = EnrichmentSums()
    for (a, b) in zip(massive, edges) {
      split.add(
        graph: a.indices.flatMap { type in
          [
            EdgeTypeCounts(type: type, massive: 0, edges: b[type] / 2),
            EdgeTypeCounts(type: type, massive: a[type], edges: b[type] - b[type] / 2),
          ]
        })
    }
    #expect(split == whole)
  }

  @Test func sumsAreExactBeyond64Bits() throws {
    let large = 6_000_000_000
    var sums = EnrichmentSums()
    for _ in 0..<3 {
      sums.add(graph: [
        EdgeTypeCounts(type: 0, massive: large, edges: large),
        EdgeTypeCounts(type: 1, massive: 0, edges: large),
      ])
    }
    let copy = try JSONDecoder().decode(EnrichmentSums.self, from: JSONEncoder().encode(sums))
    #expect(copy == sums)
    let found = Enrichment(sums, type: 0)
    #expect(found.ratio == 2)
    // Every graph is the same: no variance.
    #expect(close(found.interval?.lower, 2, 1e-6) && close(found.interval?.upper, 2, 1e-6))
  }

  @Test func degenerateSamplesAreDefined() {
    // Nothing at all, and a type that doesn't occur.
    let empty = Enrichment(EnrichmentSums(), type: 3)
    #expect(empty.ratio == nil && empty.interval == nil)
    #expect(empty.massiveShare == 0 && empty.edgeShare == 0)
    // Graphs without massive activations.
    let quiet = Enrichment(sums([[0, 0], [0, 0]], [[3, 4], [5, 6]]), type: 0)
    #expect(quiet.ratio == nil && quiet.interval == nil && quiet.graphCount == 2)
    #expect(Enrichment(sums([[1, 0]], [[3, 4]]), type: 7).ratio == nil)
    // One graph: a ratio without an interval.
    let one = Enrichment(sums([[2, 1]], [[3, 6]]), type: 0)
    #expect(one.ratio == 2 && one.interval == nil)
    // One type alone is in proportion, exactly.
    let alone = Enrichment(sums([[2], [0], [9]], [[3], [6], [10]]), type: 0)
    #expect(alone.ratio == 1)
    #expect(close(alone.interval?.lower, 1, 1e-7) && close(alone.interval?.upper, 1, 1e-7))
    // A graph without edges counts as a graph and changes neither the ratio nor, but for G, the sums.
    var with = sums([[2, 1], [1, 1]], [[3, 6], [2, 2]])
    let without = Enrichment(with, type: 0)
    with.add(graph: [])
    #expect(Enrichment(with, type: 0).ratio == without.ratio)
    #expect(Enrichment(with, type: 0).graphCount == 3)
  }

  @Test func aTypeWithoutMassiveActivationsHasAnUpperLimit() {
    let sums = sums(
      Array(repeating: [5, 0], count: 100) + Array(repeating: [0, 0], count: 20),
      Array(repeating: [9, 1], count: 120))
    let found = Enrichment(sums, type: 1)
    #expect(found.ratio == 0)
    #expect(found.interval?.lower == 0 && found.interval?.method == .noneOnType)
    // No success in n = 100 trials (graphs) is exactly 1 − level likely at the limit.
    let share = found.interval!.upper * 0.1
    #expect(close(pow(1 - share, 100), 0.05))
    // Nearly the rule of three.
    #expect(abs(share * 100 - 3) < 0.05)
  }

  /// Edges of a graph share the graph's rate: intervals over graphs still hold the true ratio about as
  /// often as they say.
  @Test func intervalsCoverTheTruthInClusteredData() {
    var random = SplitMix(99)
    let trials = 600
    var held = 0
    for _ in 0..<trials {
      var sums = EnrichmentSums()
      for _ in 0..<80 {
        // Type 1 is twice as likely to be massive as type 0: R = 2 / 1.25.
        let rate = random.gamma(1) * 0.2
        let edges = [15, 5]
        let massive = [0, 1].map { type in
          (0..<edges[type]).count { _ in
            Double.random(in: 0..<1, using: &random) < min(0.5, rate) * Double(type + 1)
          }
        }
        sums.add(
          graph: [0, 1].map { EdgeTypeCounts(type: $0, massive: massive[$0], edges: edges[$0]) })
      }
      let found = Enrichment(sums, type: 1)
      held += found.interval!.contains(1.6) ? 1 : 0
    }
    // Four standard errors of a binomial count around 95%, and a little for the normal approximation.
    let coverage = Double(held) / Double(trials)
    #expect(coverage > 0.91 && coverage < 0.985, "\(coverage)")
  }
}
