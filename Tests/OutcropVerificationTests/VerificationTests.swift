import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import OutcropVerification
import Testing

private func golden(_ name: String) throws -> SafetensorsFile {
  try SafetensorsFile(path: SharedFolder.url.appendingPathComponent("golden/\(name)").path)
}

@Suite(.enabled(if: SharedFolder.has("golden"), "no shared folder")) struct VerificationTests {
  /// `gt_zinc_small` with changes, in a temporary file.
  private func changed(
    _ folder: TemporaryFolder, without removed: String = "", dropping key: String = "",
    change: (String, inout [Int], inout [UInt8]) -> Void = { _, _, _ in },
    add: (inout SafetensorsWriter) -> Void = { _ in }
  ) throws -> SafetensorsFile {
    let file = try golden("gt_zinc_small.safetensors")
    var metadata = file.metadata
    metadata[key] = nil
    var writer = SafetensorsWriter(metadata: metadata)
    for name in file.names where name != removed {
      let entry = try file.entry(name)
      var shape = entry.shape
      var bytes = try file.withUnsafeBytes(of: name) { [UInt8]($0) }
      change(name, &shape, &bytes)
      let final = bytes
      writer.add(name, entry.elementType, shape: shape) { sink in
        try final.withUnsafeBytes { try sink($0) }
      }
    }
    add(&writer)
    let path = folder.path("case.safetensors")
    try writer.write(to: path)
    return try SafetensorsFile(path: path)
  }

  /// Adds 0.1 to the first value of a float32 tensor.
  private func bump(_ bytes: inout [UInt8]) {
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(as: Float.self) } + 0.1
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: value, as: Float.self) }
  }

  @Test(arguments: [
    "out/eval", "out/train", "out/loss", "act/e/0", "act/h/1",
    "grad/layers.0.attention.Q.weight", "bn_after/layers.1.batch_norm1_h.running_var",
    "after5/layers.0.attention.K.weight", "after5/layers.0.batch_norm2_e.running_mean",
    "steps5/losses",
  ]) func oneWrongValueFails(_ quantity: String) throws {
    let file = try changed(
      TemporaryFolder(), change: { name, _, bytes in if name == quantity { bump(&bytes) } })
    let failed = try Verification.run(file, Float.self).filter { !$0.passes }
    #expect(failed.map(\.quantity) == [quantity])
  }

  @Test func wrongParameterFails() throws {
    let file = try changed(
      TemporaryFolder(),
      change: { name, _, bytes in if name == "layers.0.attention.Q.weight" { bump(&bytes) } })
    #expect(try Verification.run(file, Float.self).count { !$0.passes } > 20)
  }

  @Test func unusableFilesAreRefused() throws {
    let folder = try TemporaryFolder()
    func refuses<E: Error & CustomStringConvertible>(
      _ part: String, _: E.Type, _ file: SafetensorsFile
    ) {
      let error = #expect(throws: E.self) { try Verification.run(file, Float.self) }
      #expect(error?.description.contains(file.path) == true)
      #expect(error?.description.contains(part) == true, "\(String(describing: error))")
    }
    let name = "layers.1.O_h.weight"
    refuses(name, InputError.self, try changed(folder, without: name))
    refuses(
      "extra.weight", InputError.self,
      try changed(folder, add: { $0.add("extra.weight", shape: [1], [1 as Float]) }))
    refuses(
      name, InputError.self,
      try changed(
        folder, change: { found, shape, _ in if found == name { shape = [16, 64] } }))
    for key in ["config", "model", "optimizer"] {
      refuses(key, InputError.self, try changed(folder, dropping: key))
    }
    // A result that the model doesn't have was never compared.
    refuses(
      "act/e/7", InputError.self,
      try changed(folder, add: { $0.add("act/e/7", shape: [1], [1 as Float]) }))
    // An edge to nowhere.
    refuses(
      "edge", InputError.self,
      try changed(
        folder, change: { found, _, bytes in if found == "graph/dst" { bytes[2] = 1 } }))
  }
}
