import Foundation
import OutcropFiles
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import OutcropVerification
import Testing

@Suite("Verification notices", .enabled(if: Golden.isThere, "the golden files are not there"))
struct VerificationFailureTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// The quantities that fail after one stored value was moved by `fraction` of the tensor's largest
  /// magnitude.
  private func failures<S: TensorScalar>(
    _ file: SafetensorsFile, changing name: String, by fraction: Double = 0.01, _: S.Type
  ) throws -> [String] {
    var values = try file.doubles(name, .rounding)
    let largest = values.reduce(0) { max($0, $1.magnitude) }
    let place = values.count / 2
    values[place] +=
      try file.entry(name).elementType == .int64 ? 1 : fraction * (largest == 0 ? 1 : largest)
    let path = folder.path("\(UUID().uuidString).safetensors")
    try Golden.copy(file, to: path, changing: [name: values])
    let result = try Verification.run(SafetensorsFile(path: path), S.self)
    return result.filter { !$0.passes }.map(\.quantity)
  }

  @Test("a changed value of float64, by 1e-8 of it", arguments: ["out/eval", "out/loss"])
  func changedDouble(_ name: String) throws {
    let file = try Golden.file("gt_zinc_small.safetensors")
    #expect(try failures(file, changing: name + ".f64", by: 1e-8, Float.self) == [])
    #expect(try failures(file, changing: name + ".f64", by: 1e-8, Double.self) == [name + ".f64"])
  }

  @Test(
    "changed rows and signatures",
    arguments: [
      "actsig/e/1", "actsig/h/8", "gradrows/layers.3.FFN_h_layer1.weight",
      "gradsig/layers.3.FFN_h_layer1.weight",
    ])
  func changedWide(_ name: String) throws {
    let file = try Golden.file("gt_zinc.safetensors")
    #expect(try failures(file, changing: name, Float.self) == [name])
  }

  @Test("a changed parameter or input, in more than one quantity")
  func changedInputs() throws {
    let file = try Golden.file("gt_zinc_small.safetensors")
    let failed = try failures(
      file, changing: "layers.0.attention.V.weight", by: 0.5, Float.self)
    #expect(Set(["out/eval", "act/h/0", "out/train"]).isSubset(of: failed))
    let labels = try failures(file, changing: "graph/labels", by: 0.5, Float.self)
    #expect(labels.contains("out/loss") && !labels.contains("out/eval"))
  }

  private func message(
    _ name: String = "gt_zinc_small.safetensors", leavingOut removed: Set<String> = [],
    adding added: [String: [Float]] = [:], metadata: [String: String] = [:],
    changing changed: [String: [Double]] = [:]
  ) -> String {
    do {
      let path = folder.path("\(UUID().uuidString).safetensors")
      try Golden.copy(
        Golden.file(name), to: path, changing: changed, leavingOut: removed, adding: added,
        metadata: metadata)
      let result = try Verification.run(SafetensorsFile(path: path), Float.self)
      return "\(result.count) comparisons"
    } catch {
      return "\(error)"
    }
  }

  @Test("files that don't fit, naming what is missing or left over")
  func refusals() throws {
    let name = "layers.1.attention.V.weight"
    #expect(message(leavingOut: [name]).contains("found no tensor `\(name)`"))
    #expect(
      message(adding: ["layers.1.attention.V.bias": [1]])
        .contains("found a tensor `layers.1.attention.V.bias`"))
    #expect(message(adding: [name + "x": [1]]).contains("found a tensor `\(name)x`"))
    #expect(message(leavingOut: ["graph/src"]).contains("graph/src"))
    #expect(message(metadata: ["model": "GAT"]).contains("'model': found \"GAT\""))
    #expect(message(metadata: ["config": "{}"]).contains("'L': found nothing"))
    #expect(
      message(metadata: ["config": "{\"hidden_dim\": 16, \"n_heads\": 4, \"L\": 2}"])
        .contains("expected"))
    #expect(message(metadata: ["optimizer": "SGD"]).contains("expected Adam lr="))
    #expect(
      message("gt_zinc.safetensors", metadata: ["seed": "x"]).contains("no metadata `seed`"))
    // An edge to a node that doesn't exist.
    let file = try Golden.file("gt_zinc_small.safetensors")
    var sources = try file.doubles("graph/src", .rounding)
    sources[3] = 100_000
    #expect(message(changing: ["graph/src": sources]).contains("edge 3"))
    sources[3] = 1e12
    #expect(message(changing: ["graph/src": sources]).contains("1000000000000 in `graph/src`"))
  }

  @Test("stored results that nothing is compared with, and files without any")
  func coverage() throws {
    #expect(
      message(adding: ["grad/layers.0.attention.Q.bias": [1]])
        .contains("found a stored `grad/layers.0.attention.Q.bias`"))
    #expect(message(adding: ["act/e/2": [1]]).contains("found a stored `act/e/2`"))
    #expect(message(adding: ["out/other": [1]]).contains("found a stored `out/other`"))
    #expect(message(adding: ["notes/other": [1]]).hasSuffix("comparisons"))
    let file = try Golden.file("gt_zinc_small.safetensors")
    let results = file.names.filter { $0.contains("/") && !$0.hasPrefix("graph/") }
    #expect(message(leavingOut: Set(results)).contains("no stored results"))
  }

  @Test("a NaN or infinity on one side")
  func notFinite() throws {
    let file = try Golden.file("gt_zinc_small.safetensors")
    for value in [Double.nan, .infinity] {
      for name in ["out/eval", "act/e/0", "grad/embedding_h.weight"] {
        var values = try file.doubles(name)
        values[1] = value
        let path = folder.path("\(UUID().uuidString).safetensors")
        try Golden.copy(file, to: path, changing: [name: values])
        let result = try Verification.run(SafetensorsFile(path: path), Float.self)
        #expect(result.filter { !$0.passes }.map(\.quantity) == [name])
      }
    }
    let wide = try Golden.file("gt_zinc.safetensors")
    for place in 0..<5 {
      var values = try wide.doubles("actsig/e/1")
      values[place] = .infinity
      let path = folder.path("\(UUID().uuidString).safetensors")
      // Statistics and steps are left out: they take long and say nothing here.
      let slow = Set(
        wide.names.filter { $0.hasPrefix("steps5") || $0.hasPrefix("grad") })
      try Golden.copy(wide, to: path, changing: ["actsig/e/1": values], leavingOut: slow)
      let result = try Verification.run(SafetensorsFile(path: path), Float.self)
      #expect(result.filter { !$0.passes }.map(\.quantity) == ["actsig/e/1"])
    }
  }
}
