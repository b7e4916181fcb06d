import Foundation
import OutcropCore
import OutcropExperiments
import OutcropFiles
import OutcropReport
import OutcropStatistics
import OutcropTestSupport
import Testing

struct ActivationFilesTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    UUID().uuidString)

  /// 200 rows of 8 values, some entries far out.
  private func values(seed: UInt64) -> [Float] {
    var generator = RandomGenerator(seed: seed)
    return (0..<1600).map { index in
      Float(generator.normal()) * (index % 97 == 0 ? 5000 : 1)
    }
  }

  private func path(_ name: String) throws -> String {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appendingPathComponent(name).path
  }

  @Test func safetensorsAndNpyGiveTheStatisticsOfTheArray() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let x = values(seed: 1)
    let types = (0..<200).map { Int64($0 % 3) }
    var writer = SafetensorsWriter()
    writer.add("layers.4.e", shape: [200, 8], x)
    writer.add("layers.4.e/batch_offsets", shape: [3], [0, 50, 200] as [Int64])
    writer.add("layers.4.e/edge_types", shape: [200], types)
    writer.add("layers.9.e", shape: [200, 8], values(seed: 2))
    writer.add("weights", shape: [8], [Float](repeating: 1, count: 8))
    let file = try path("a.safetensors")
    try writer.write(to: file)
    let npy = try path("b.npy")
    try NpyFile.write(x, shape: [200, 8], to: npy)

    let results = try ActivationFiles().analyze([file, npy])
    #expect(results.runs.map(\.label) == ["a.safetensors", "b.npy"])
    #expect(results.runs[0].layers.map(\.index) == [4, 9])
    let expected = try ReferenceStatistics(
      x, rowCount: 200, width: 8, batchOffsets: [0, 50, 200], edgeTypes: types.map { Int32($0) },
      options: ReferenceStatistics.Options(distributions: [.row]))
    let layer = try #require(results.runs[0].layers[0][.edge(.row)])
    #expect(layer.massiveCount == expected.row.ratios.massiveCount)
    #expect(layer.massiveCount > 0)
    #expect(layer.batchMaxima == expected.row.ratios.batchMaxima.map { Double($0!) })
    #expect(layer.byEdgeType.map(\.massive) == expected.row.ratios.edgeTypes.map(\.massiveEntries))
    // The fit sees values in bins of 2⁻¹³: its likelihood is that of the exact fit all the same.
    let fit = try #require(layer.gammaFit)
    let exact = try #require(expected.row.distribution?.fit)
    #expect(abs(fit.meanLogLikelihood - exact.meanLogLikelihood) < 1e-4)
    #expect(fit.values == 1600)
    #expect(try #require(fit.kolmogorovSmirnov.errorBound) < 0.01)
    let top = try #require(layer.top.first)
    #expect(top.position == layer.largestPosition)
    let position = try #require(top.position.row.map { $0 * 8 + (top.position.channel ?? 0) })
    #expect(Float(top.value) == x[position])
    #expect(top.position.graph == (position < 50 * 8 ? 0 : 1))
    // The row median does not depend on batches and types.
    #expect(results.runs[1].layers[0][.edge(.row)]?.massiveCount == layer.massiveCount)
    #expect(results.runs[1].layers[0][.edge(.row)]?.batchMaxima.count == 1)
  }

  @Test(
    "Any number of ranks gives the results of one process, and what is told", arguments: [2, 3, 5])
  func ranks(count: Int) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let base = try (0..<9).map { number in
      let file = try path("base-\(number).safetensors")
      var writer = SafetensorsWriter()
      for layer in 0..<3 {
        writer.add(
          "layers.\(layer).e", shape: [200, 8], values(seed: UInt64(10 * number + layer)))
        writer.add("layers.\(layer).e/batch_offsets", shape: [3], [0, 50, 200] as [Int64])
      }
      try writer.write(to: file)
      return file
    }
    let trained = try path("trained.safetensors")
    var writer = SafetensorsWriter()
    // Layers of the base in another order, one that it does not have, and an infinite value.
    for (layer, seed) in [(2, 91), (0, 92), (5, 93)] as [(Int, UInt64)] {
      var x = values(seed: seed)
      if layer == 0 { x[77] = .infinity }
      writer.add("layers.\(layer).e", shape: [200, 8], x)
      writer.add("layers.\(layer).e/batch_offsets", shape: [3], [0, 50, 200] as [Int64])
      writer.add("layers.\(layer).e/positions", shape: [200], (0..<200).map { Int64($0) })
    }
    try writer.write(to: trained)
    @Sendable func outcome(
      _ communicator: any Communicator, _ inputs: [ActivationFiles.Input]
    ) throws -> [String] {
      var files = ActivationFiles()
      files.communicator = communicator
      var told: [String] = []
      var results = try files.analyze(inputs) { told.append($0) }
      results.date = ""
      return [String(decoding: try results.json(), as: UTF8.self)] + told
    }
    let test = ActivationFiles.Input(trained)
    for inputs in [
      [test], [.init(base[0], .base), test], base.map { .init($0, .base) } + [test],
    ] as [[ActivationFiles.Input]] {
      let expected = try outcome(SingleProcess(), inputs)
      #expect(expected.count > 4)
      for found in try ThreadRanks.run(count, { try outcome($0, inputs) }) {
        #expect(found == expected)
      }
    }
  }

  @Test func filesThatDoNotFitAreRefusedByName() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let vector = try path("vector.npy")
    try NpyFile.write([1, 2, 3] as [Float], shape: [3], to: vector)
    let integers = try path("integers.npy")
    try NpyFile.write([1, 2, 3, 4] as [Int64], shape: [2, 2], to: integers)
    var writer = SafetensorsWriter()
    writer.add("x", shape: [2, 2], [1, 2, 3, 4] as [Float])
    writer.add("x/batch_offsets", shape: [2], [0, 5] as [Int64])
    let offsets = try path("offsets.safetensors")
    try writer.write(to: offsets)
    for file in [vector, integers, offsets] {
      let error = #expect(throws: InputError.self) {
        try ActivationFiles().analyze([file])
      }
      #expect(error?.description.contains(file) == true)
    }
    #expect(throws: InputError.self) {
      try ActivationFiles().analyze([folder.path + "/missing.safetensors"])
    }
  }

  /// Files of Float32 matrices [40, 8] with these names, in this order.
  private func analyze(
    base: [String], trained: [String], _ folder: TemporaryFolder
  ) throws -> StudyResults {
    for (file, names) in [("base", base), ("trained", trained)] {
      var writer = SafetensorsWriter()
      for name in names {
        // The largest value tells layers apart.
        var values = Array(values(seed: 1).prefix(320)).map { max(-3, min(3, $0)) }
        values[0] = Float(name.utf8.reduce(0) { $0 + Int($1) })
        writer.add(name, shape: [40, 8], values)
      }
      try writer.write(to: folder.path("\(file).safetensors"))
    }
    return try ActivationFiles().analyze([
      .init(folder.path("base.safetensors"), .base),
      .init(folder.path("trained.safetensors"), .trained),
    ])
  }

  @Test func layersOfTheSameNameHaveTheSameNumber() throws {
    let folder = try TemporaryFolder()
    let results = try analyze(
      base: ["norm", "attention", "old"], trained: ["attention", "new", "norm"], folder)
    func value(_ run: Int, _ number: Int) -> Double? {
      results.runs[run].layers.first { $0.index == number }?.edge?.rowMedian?.top[0].value
    }
    // The base's order in its file, which is by name.
    #expect(value(0, 0) == value(1, 0) && value(0, 1) == value(1, 1))
    #expect(results.runs[0].layers.map(\.index) == [0, 1, 2])
    #expect(results.runs[1].layers.map(\.index) == [0, 1, 3])
    let notes = results.notes.joined(separator: "\n")
    #expect(notes.contains("`new` has no counterpart in"))
    #expect(notes.contains("`old` of") && notes.contains("has no counterpart here"))
    #expect(results.runs[1].layers[0].edge?.rowMedian?.againstBase != nil)
    #expect(results.runs[1].layers[2].edge?.rowMedian?.againstBase == nil)
  }

  @Test func arraysThatAreLeftOutAreNamed() throws {
    let folder = try TemporaryFolder()
    var writer = SafetensorsWriter()
    writer.add("a", shape: [4, 2], [1, 2, 3, 4, 5, 6, 7, 8] as [Float])
    writer.add("a/edge_types", shape: [4], [0, 1, 0, 1] as [Int64])
    writer.add("vector", shape: [4], [0, 1, 0, 1] as [Float])
    writer.add("whole", shape: [2, 2], [0, 1, 0, 1] as [Int64])
    try writer.write(to: folder.path("in.safetensors"))
    let notes = try ActivationFiles().analyze([folder.path("in.safetensors")]).notes
    #expect(notes.contains { $0.hasSuffix("`vector` is left out: [4] is not a matrix") })
    #expect(
      notes.contains { $0.hasSuffix("`whole` is left out: I64 is not a floating-point type") })
    #expect(!notes.contains { $0.contains("edge_types") })
  }

  @Test func infiniteActivationsAreNamedEverywhere() throws {
    let folder = try TemporaryFolder()
    var writer = SafetensorsWriter()
    writer.add("a", shape: [3, 4], [1, 2, -3, 4, 1, 2, 3, .infinity, 1, 2, 3, .nan] as [Float])
    writer.add("b", shape: [2, 4], [1, 2, -3, 1e300, 1, 2, 3, 4] as [Double])
    writer.add("c", shape: [2, 4], [Float](repeating: .infinity, count: 8))
    try writer.write(to: folder.path("in.safetensors"))
    let results = try ActivationFiles().analyze([folder.path("in.safetensors")])
    let layers = results.runs[0].layers.map { $0.edge! }
    #expect(layers.map(\.infiniteValues) == [1, 1, 8])
    for layer in layers[..<2] {
      let found = try #require(layer.rowMedian)
      #expect(found.massiveCount == 1 && found.verdict?.outcome == .massive)
      #expect(found.verdict?.reasons[0].contains("activations are infinite") == true)
    }
    #expect(layers[2].rowMedian?.massiveCount == 0)
    #expect(layers[2].rowMedian?.verdict?.outcome == .undefined)
    #expect(layers[2].rowMedian?.verdict?.reasons[0].hasPrefix("8 of 8 activations") == true)
    let text = Findings.sentences(results).joined(separator: " ")
    #expect(text.contains("(an infinite activation)") && !text.contains("a median of zero"))
    #expect(text.contains("10 infinite activations") && text.contains("1 NaN activation"))
    #expect(results.notes.contains { $0.contains("beyond 3.4e38") })
  }

  private static func numbers(_ names: [String]) -> [Int] {
    LayerNumbering(names).numbers(of: names)
  }

  @Test func counterparts() {
    let layers = LayerNumbering(["a.0", "a.1", "a.2"])
    #expect(layers.counterparts(of: ["b.2", "b.0"]) == ["b.2": "a.2", "b.0": "a.0"])
    #expect(layers.numbers(of: ["b.2", "b.0"]) == [2, 0])
    // Names of several kinds are not matched by number.
    #expect(layers.counterparts(of: ["b.2", "c.0"]) == [:])
    #expect(layers.counterparts(of: ["a.1", "b.0"]) == ["a.1": "a.1"])
    #expect(layers.numbers(of: ["a.1", "b.0"]) == [1, 3])
    #expect(LayerNumbering(["before"]).counterparts(of: ["after"]) == ["after": "before"])
    #expect(
      LayerNumbering(["x.99999999999999999999", "y"]).numbers(of: ["x.99999999999999999999", "y"])
        == [0, 1])
  }

  @Test func layerNumbers() {
    #expect(Self.numbers(["act/e/0", "act/e/9", "act/e/10"]) == [0, 9, 10])
    #expect(Self.numbers(["layers.0.x", "layers.1.x"]) == [0, 1])
    #expect(Self.numbers(["a1", "b1"]) == [0, 1])
    #expect(Self.numbers(["a", "b"]) == [0, 1])
  }
}
