import Foundation
import OutcropCore
import OutcropExperiments
import OutcropFiles
import OutcropReport
import OutcropStatistics
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

  @Test func layerNumbers() {
    #expect(ActivationFiles.numbers(of: ["act/e/0", "act/e/9", "act/e/10"]) == [0, 9, 10])
    #expect(ActivationFiles.numbers(of: ["layers.0.x", "layers.1.x"]) == [0, 1])
    #expect(ActivationFiles.numbers(of: ["a1", "b1"]) == [0, 1])
    #expect(ActivationFiles.numbers(of: ["a", "b"]) == [0, 1])
  }
}
