import OutcropFiles
import OutcropModels
import OutcropTestSupport
import OutcropVerification
import Testing

/// Every stored case of every model, in `Float`, and the small ones in `Double`.
@Suite("All golden files", .enabled(if: Golden.isThere, "the golden files are not there"))
struct AllGoldenTests {
  @Test("are there, of all four models")
  func names() throws {
    let models = try Golden.all.map { try Golden.file($0).metadata["model"] ?? "" }
    #expect(Set(models) == ["GT", "SAN", "GraphiT", "EGAT"])
    #expect(Golden.all.count >= 35)
  }

  @Test("agree", arguments: Golden.all)
  func agrees(_ name: String) throws {
    let file = try Golden.file(name)
    check(file, try Verification.run(file, Float.self))
    // Parameters made by formula belong to wide models, which take long in `Double`.
    if file.metadata["hashed_parameters"] != "1" {
      let doubles = try Verification.run(file, Double.self)
      check(file, doubles)
      for quantity in ["out/eval.f64", "out/loss.f64"] where file.contains(quantity) {
        #expect(doubles.contains { $0.quantity == quantity })
      }
    }
  }

  private func check(_ file: SafetensorsFile, _ comparisons: [Comparison]) {
    for comparison in comparisons where !comparison.passes { Issue.record("\(comparison)") }
    let seen = Set(comparisons.map(\.quantity))
    #expect(seen.count == comparisons.count)
    let left = Set((file.metadata["zero_gradient_parameters"] ?? "").split(separator: ","))
    for name in file.names where !name.hasSuffix(".f64") {
      let parts = name.split(separator: "/", maxSplits: 1)
      guard parts.count == 2, parts[0] != "graph", !left.contains(parts[1]) else { continue }
      #expect(seen.contains(name), "\(name)")
    }
  }
}
