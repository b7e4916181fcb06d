import Foundation
import OutcropCore
import OutcropExperiments
import OutcropFiles
import OutcropReport
import OutcropStatistics
import Testing

/// Files written by other frameworks, and what NumPy finds in them; see Scripts.
struct ActivationTruthTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Truth")

  static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private struct Found: Decodable {
    let massive: Int
    let rows: Int
    let byType: [Int]
    let edges: [Int]
    let maxima: [Double?]
    let largestAt: [Int]
    let values: Int
  }

  @Test(arguments: [MedianKind.row, .batch])
  func archivesOfBaseAndTrainedGiveNumPysCounts(median: MedianKind) throws {
    let truth = try JSONDecoder().decode(
      [String: Found].self,
      from: Data(contentsOf: Self.folder.appendingPathComponent("activations.json")))
    var analysis = ActivationFiles()
    analysis.detection.threshold = 100
    analysis.detection.medians = [median]
    let results = try analysis.analyze([
      .init(Self.path("activations.npz"), .trained),
      .init(Self.path("activations_base.npz"), .base),
    ])
    #expect(results.runs.map(\.kind) == [.trained, .base])
    for (run, name) in zip(results.runs, ["activations", "activations_base"]) {
      #expect(run.layers.map(\.index) == [4, 10])
      for layer in run.layers {
        let expected = try #require(
          truth["\(name) \(layer.index) \(median == .row ? "edge" : "batch")"])
        let found = try #require(layer[.edge(median)])
        #expect(found.massiveCount == expected.massive)
        #expect(found.massiveRows == expected.rows)
        #expect(found.byEdgeType.map(\.massive) == expected.byType)
        #expect(found.byEdgeType.map(\.edges) == expected.edges)
        #expect(found.batchMaxima.map { $0.isNaN ? nil : $0 } == expected.maxima)
        #expect(found.largestPosition?.row == expected.largestAt[0])
        #expect(found.largestPosition?.channel == expected.largestAt[1])
        let row = expected.largestAt[0]
        #expect(found.largestPosition?.graph == (row < 12 ? 0 : row < 90 ? 2 : 3))
        #expect(found.gammaFit?.values == expected.values)
        // The trained run is compared with the base, whatever the order; the base with nothing.
        #expect((found.againstBase != nil) == (run.kind == .trained))
      }
    }
    let trained = try #require(results.runs[0].layers[0][.edge(median)])
    #expect(trained.massiveCount > 0)
    #expect(trained.againstBase?.errorBound != nil)
  }

  /// A batch that comes in blocks gives the same bits as one that fits.
  @Test(arguments: [MedianKind.row, .batch], [1, 30, 100, 700, 1 << 20])
  func blocksChangeNothing(median: MedianKind, blockSize: Int) throws {
    for name in ["activations.npz", "activations_base.npz"] {
      let file = try ArrayFile(path: Self.path(name))
      for matrix in try ActivationMatrix.all(in: file, prefix: "").matrices {
        let options = ActivationSummary.Options(threshold: 100)
        let whole = try matrix.summary(options, medians: [median])
        let found = try matrix.summary(options, medians: [median], blockSize: blockSize)
        #expect(found[median] == whole[median])
        #expect(found.values == whole.values)
        #expect(found.batchCount == 4 && found.rowCount == 170)
      }
    }
  }

  @Test func edgeTypesAndOffsetsMayBeFilesOfTheirOwn() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write<T: StoredElement>(_ name: String, _ values: [T], _ shape: [Int]) throws -> String {
      let path = folder.appendingPathComponent(name).path
      try NpyFile.write(values, shape: shape, to: path)
      return path
    }
    let x = try write("x.npy", [1, -1, 1, 2000, 1, 1, 1, 3, 4] as [Float], [3, 3])
    var analysis = ActivationFiles()
    analysis.edgeTypesFile = try write("types.npy", [7, 2, 7] as [UInt8], [3])
    analysis.batchOffsetsFile = try write("offsets.npy", [0, 1, 3] as [Int32], [3])
    let found = try #require(analysis.analyze([x]).runs[0].layers[0][.edge(.row)])
    #expect(found.byEdgeType.map(\.id) == [2, 7])
    #expect(found.byEdgeType.map(\.massive) == [1, 0])
    #expect(found.batchMaxima == [1, 2000])
    #expect(found.largestPosition == .init(graph: 1, edgeType: 2, row: 1, channel: 0))

    for (types, offsets, word) in [
      (try write("few.npy", [1, 2] as [Int64], [2]), nil, "few"),
      (try write("float.npy", [1, 2, 3] as [Float], [3]), nil, "float"),
      (try write("range.npy", [1, 2, 70000] as [Int32], [3]), nil, "edge type 70000 of row 2"),
      (nil, try write("end.npy", [0, 2] as [Int64], [2]), "2 as batch offset 1"),
      (nil, try write("falling.npy", [0, 2, 1, 3] as [Int64], [4]), "1 as batch offset 2"),
      (Self.path("activations.npz"), nil, "6 arrays"),
    ] as [(String?, String?, String)] {
      analysis.edgeTypesFile = types
      analysis.batchOffsetsFile = offsets
      let error = #expect(throws: InputError.self) { try analysis.analyze([x]) }
      #expect(error?.description.contains(word) == true)
      #expect(error?.file == types ?? offsets)
    }
  }

  /// Against the median of the values in memory: ties, few values, NaN, infinities, subnormals.
  @Test(arguments: 0..<40) func twoPassesGiveTheExactMedian(seed: UInt64) throws {
    var random = RandomGenerator(seed: seed)
    let count = [1, 2, 3, 10, 1001, 300_000][Int(seed) % 6]
    var values = (0..<count).map { _ -> Float in
      switch seed / 6 % 4 {
      case 0: Float(random.normal())
      case 1: Float(random.normal().rounded())
      case 2: Float(random.normal() * 1e-41)
      default: Float(random.normal()) * 1e38 * 1e38
      }
    }
    if seed >= 30 { values[count / 2] = seed % 2 == 0 ? .nan : Float(bitPattern: 0x7f80_0001) }
    for convention in MedianConvention.allCases {
      let (found, expected) = values.withUnsafeBufferPointer { values in
        var median = Median.Stream(convention)
        let cut = values.count / 3
        let parts = [
          UnsafeBufferPointer(rebasing: values[..<cut]),
          UnsafeBufferPointer(rebasing: values[cut...]),
        ]
        for part in parts { median.count(part) }
        if median.beginSecondPass() { for part in parts { median.countAgain(part) } }
        return (median.median, Median.magnitude(of: values, convention: convention))
      }
      #expect(found == expected || (found.isNaN && expected.isNaN))
      if seed >= 30 { #expect(found.isNaN) }
    }
  }

  /// The guide shows the script that is run.
  @Test func theGuideHoldsTheScript() throws {
    let package = Self.folder.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let guide = try String(
      contentsOf: package.appendingPathComponent("Docs/FromPyTorch.md"), encoding: .utf8)
    for script in ["dump_activations.py", "dump_activations_dgl.py"] {
      let text = try String(
        contentsOf: package.appendingPathComponent("Examples/Python/\(script)"), encoding: .utf8)
      let begin = try #require(text.range(of: "# begin of the guide's part\n"))
      let end = try #require(text.range(of: "# end of the guide's part\n"))
      #expect(guide.contains(text[begin.upperBound..<end.lowerBound]))
    }
  }
}
