import Foundation
import OutcropCore
import OutcropStatistics
import Testing

struct SpearmanTests {
  @Test func agreesWithSciPy() throws {
    for truth in attributionTruth["spearman"].list {
      let found = try Spearman(
        truth["x"].doubles, truth["y"].doubles, graphs: truth["graphs"].list.map(\.int),
        resamples: truth["resamples"].int, seed: UInt64(truth["seed"].int))
      let name = truth["name"].text!
      #expect(abs(found.coefficient! - truth["rho"].double) < 1e-13, "\(name)")
      for (limits, interval) in [
        ("independent", found.independentInterval), ("interval", found.interval),
      ] {
        let expected = truth[limits].doubles
        #expect(abs(interval!.lower - expected[0]) < 1e-12, "\(name), \(limits)")
        #expect(abs(interval!.upper - expected[1]) < 1e-12, "\(name), \(limits)")
      }
      #expect(found.interval?.method == .graphBootstrap)
      #expect(found.independentInterval?.method == .independentEdges)
      #expect(found.undefinedResamples == 0)
    }
  }

  @Test func onlyTheOrderOfValuesMatters() throws {
    var random = SplitMix(8)
    let x = (0..<200).map { _ in random.normal() }
    let y = x.map { $0 + random.normal() }
    let plain = try Spearman(x, y, resamples: 50)
    #expect(try Spearman(x.map { exp($0) }, y.map { $0 * $0 * $0 }, resamples: 50) == plain)
    #expect(try abs(Spearman(x, y.map { -$0 }).coefficient! + plain.coefficient!) < 1e-14)
    #expect(try Spearman(x, x).coefficient == 1)
    #expect(try Spearman(x, x, resamples: 10).interval?.lower == 1)
    #expect(try Spearman(x, x, resamples: 0).interval == nil)
    #expect(try Spearman(x, x, resamples: 0).independentInterval?.lower == 1)
    #expect(try Spearman(x, y, seed: 1).interval != Spearman(x, y, seed: 2).interval)
  }

  @Test func infinitiesAreExtremesAndNaNsAreLeftOut() throws {
    let x: [Double] = [1, 2, .infinity, 4, -.infinity, .nan, 7]
    let y: [Double] = [1, 2, 9, 4, 0, 3, .nan]
    let found = try Spearman(x, y)
    #expect(found.coefficient == 1)
    #expect(found.pairCount == 5 && found.omittedCount == 2 && found.graphCount == 5)
  }

  @Test func degenerateSamplesAreDefined() throws {
    let cases: [([Double], [Double])] = [
      ([], []), ([1], [2]), ([3, 3, 3], [1, 2, 3]), ([1, .nan], [1, 2]),
    ]
    for (x, y) in cases {
      let found = try Spearman(x, y)
      #expect(found.coefficient == nil && found.interval == nil)
      #expect(found.independentInterval == nil)
    }
    #expect(try Spearman([1, 2, 3], [1, 3, 2]).independentInterval == nil)
    // One graph cannot be resampled.
    let one = try Spearman([1, 2, 3, 4], [1, 3, 2, 4], graphs: [5, 5, 5, 5])
    #expect(one.coefficient != nil && one.interval == nil && one.graphCount == 1)
    // Two graphs of one pair each: half of the resamples hold one pair twice.
    let two = try Spearman([1, 2], [5, 6], resamples: 400)
    #expect(two.undefinedResamples > 100 && two.undefinedResamples < 300)
    #expect(two.interval?.lower == 1)
    #expect(throws: StatisticsError.wrongCount(name: "y", found: 1, expected: 2)) {
      try Spearman([1, 2], [1])
    }
    #expect(throws: StatisticsError.wrongCount(name: "graphs", found: 1, expected: 2)) {
      try Spearman([1, 2], [1, 2], graphs: [0])
    }
  }

  @Test func threadsDoNotMatter() throws {
    var random = SplitMix(3)
    let x = (0..<500).map { _ in random.normal() }
    let y = x.map { $0 + random.normal() }
    let graphs = x.indices.map { $0 / 9 }
    let before = ThreadPool.threadCount
    defer { ThreadPool.threadCount = before }
    ThreadPool.threadCount = 1
    let one = try Spearman(x, y, graphs: graphs)
    ThreadPool.threadCount = 4
    #expect(try Spearman(x, y, graphs: graphs) == one)
  }

  /// A number that every edge of a graph shares makes edges dependent: the interval over graphs is
  /// wider than the one for independent edges.
  @Test func dependenceWidensTheInterval() throws {
    var random = SplitMix(12)
    var (x, y, graphs) = ([Double](), [Double](), [Int]())
    for graph in 0..<40 {
      let (a, b) = (random.normal(), random.normal())
      for _ in 0..<30 {
        x.append(a + 0.1 * random.normal())
        y.append(b + 0.1 * random.normal())
        graphs.append(graph)
      }
    }
    let found = try Spearman(x, y, graphs: graphs)
    let width = found.interval!.upper - found.interval!.lower
    let narrow = found.independentInterval!.upper - found.independentInterval!.lower
    #expect(width > 3 * narrow)
  }
}
