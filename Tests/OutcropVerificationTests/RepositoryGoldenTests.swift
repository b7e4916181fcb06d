import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import OutcropVerification
import Testing

/// The two golden files of the repository: they need no shared folder and always run.
@Suite("Golden files of the repository")
struct RepositoryGoldenTests {
  static let names = ["gt_zinc", "gt_zinc_small_ebt"]

  private func file(_ name: String) throws -> SafetensorsFile {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Golden"))
    return try SafetensorsFile(path: url.path)
  }

  @Test("agree in Float and in Double", arguments: names)
  func agrees(_ name: String) throws {
    let file = try file(name)
    let singles = try Verification.run(file, Float.self)
    let doubles = try Verification.run(file, Double.self)
    for comparison in singles + doubles where !comparison.passes { Issue.record("\(comparison)") }
    let compared = Set(singles.map(\.quantity))
    #expect(compared.isSuperset(of: ["out/eval", "out/train", "out/loss", "steps5/losses"]))
    #expect(compared.contains { $0.hasPrefix("grad") })
    #expect(Set(doubles.map(\.quantity)).isSuperset(of: ["out/eval.f64", "out/loss.f64"]))
  }

  @Test(
    "notice one wrong number",
    arguments: [
      ("gt_zinc", "out/eval"), ("gt_zinc", "actsig/e/8"), ("gt_zinc", "steps5/losses"),
      ("gt_zinc", "gradsig/layers.0.attention.Q.weight"), ("gt_zinc_small_ebt", "out/train"),
      ("gt_zinc_small_ebt", "gradrows/layers.0.attention.Q.weight"),
    ])
  func wrongNumber(_ name: String, _ quantity: String) throws {
    let (file, folder) = (try file(name), try TemporaryFolder())
    var values = try file.doubles(quantity)
    values[0] += 0.1
    let path = folder.path("changed.safetensors")
    try Golden.copy(file, to: path, changing: [quantity: values])
    let failed = try Verification.run(try SafetensorsFile(path: path), Float.self)
      .filter { !$0.passes }
    #expect(failed.map(\.quantity) == [quantity])
  }
}
