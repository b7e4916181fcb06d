import Foundation
import OutcropCore
import OutcropFiles
import OutcropReport
import OutcropTestSupport
import Testing

/// Changes in safetensors files, made on their bytes.
private struct StoredTensors {
  let bytes: Data
  let header: [String: Any]
  let start: Int

  init(_ url: URL) throws {
    let bytes = try Data(contentsOf: url)
    let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    let json = try JSONSerialization.jsonObject(with: bytes[8..<8 + length])
    header = json as? [String: Any] ?? [:]
    start = 8 + length
    self.bytes = bytes
  }

  var names: [String] { header.keys.filter { $0 != "__metadata__" } }

  /// The file with the name of a tensor changed: to one as long, so that nothing else moves.
  func renaming(_ name: String, to other: String) throws -> Data {
    try #require(name.utf8.count == other.utf8.count)
    let range = try #require(bytes.range(of: Data("\"\(name)\"".utf8)))
    var result = bytes
    result.replaceSubrange(range, with: Data("\"\(other)\"".utf8))
    return result
  }

  /// The file with element `index` of the float32 tensor `name` changed.
  func changing(_ name: String, _ index: Int, _ change: (Float) -> Float) throws -> Data {
    let offset = try offset(name, "F32") + 4 * index
    let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    return replacing(offset, change(Float(bitPattern: bits)).bitPattern)
  }

  /// The file with element `index` of the int64 tensor `name` set.
  func setting(_ name: String, _ index: Int, _ value: Int64) throws -> Data {
    try replacing(offset(name, "I64") + 8 * index, UInt64(bitPattern: value))
  }

  private func offset(_ name: String, _ type: String) throws -> Int {
    let entry = try #require(header[name] as? [String: Any])
    try #require(entry["dtype"] as? String == type)
    let range = try #require(entry["data_offsets"] as? [Int])
    return start + range[0]
  }

  private func replacing<Bits: FixedWidthInteger>(_ offset: Int, _ bits: Bits) -> Data {
    var result = bytes
    for byte in 0..<Bits.bitWidth / 8 {
      result[offset + byte] = UInt8(truncatingIfNeeded: bits >> (8 * byte))
    }
    return result
  }
}

@Suite struct VerifyCommandTests {
  private static let hasGolden = SharedFolder.has("golden/gt_zinc_small.safetensors")
  private static let golden = SharedFolder.url.appendingPathComponent("golden")
  private static let small = golden.appendingPathComponent("gt_zinc_small.safetensors")
  private static let trained = golden.appendingPathComponent("gt_zinc_trained.safetensors")
  private static let skip = Comment("the golden files are not there")

  @Test(.enabled(if: hasGolden, skip), arguments: [false, true])
  func everyStoredResultHasItsLine(_ isDouble: Bool) throws {
    let run = try CommandRun(["verify", Self.small.path] + (isDouble ? ["--double"] : []))
    #expect(run.status == 0, "\(run.output)")
    #expect(run.errors == "")
    #expect(run.lines.last?.contains("all pass") == true)
    let results = try StoredTensors(Self.small).names.filter {
      $0.contains("/") && !$0.hasPrefix("graph/")
    }
    let words = run.lines.dropLast().map { $0.split(separator: " ").map(String.init) }
    var compared = 0
    for name in results {
      let line = try #require(words.first { $0.count > 1 && $0[1] == name }, "\(name)")
      if line[0] == "ok" {
        compared += 1
        let numbers = line.dropFirst(2).map { Double($0) }
        try #require(numbers.count == 3 && numbers.allSatisfy { $0 != nil }, "\(line)")
        #expect(numbers[0]! <= numbers[2]!)
      } else {
        #expect(line[0] == "–")
        #expect(!run.output.contains("not a known result"))
      }
    }
    #expect(run.lines.last?.contains("\(compared) quantities") == true)
    #expect(compared > 100)
  }

  @Test(
    .enabled(if: hasGolden, skip),
    arguments: ["out/eval", "act/e/1", "grad/layers.0.attention.Q.weight", "out/loss"])
  func aChangedResultFails(_ name: String) throws {
    let folder = try TemporaryFolder()
    let changed = try StoredTensors(Self.small).changing(name, 0) { $0 + 0.01 }
    let file = try folder.write("changed.safetensors", changed)
    for options in [[], ["--quiet"]] {
      let run = try CommandRun(["verify", file.path] + options)
      #expect(run.status == 1)
      let failing = run.lines.filter { $0.contains("FAIL ") }
      #expect(failing.count == 1)
      #expect(failing.first?.contains(" \(name) ") == true)
      #expect(run.lines.last?.contains("1 FAIL") == true)
      #expect(run.errors.contains("beyond tolerance: \(file.path)"))
    }
  }

  @Test(.enabled(if: hasGolden, skip))
  func aChangedParameterFails() throws {
    let folder = try TemporaryFolder()
    let changed = try StoredTensors(Self.small).changing("layers.0.attention.K.weight", 5) {
      $0 + 0.01
    }
    let file = try folder.write("changed.safetensors", changed)
    let run = try CommandRun(["verify", file.path, "--quiet"])
    #expect(run.status == 1)
    // The layer's scores show it directly, everything behind them in part.
    #expect(run.output.contains("FAIL  act/e/0 "))
    #expect(run.output.contains("FAIL  out/train "))
  }

  /// Inputs that don't fit the model are an error of the file, not a crash.
  @Test(.enabled(if: hasGolden, skip))
  func inputsThatDoNotFitTheModel() throws {
    let folder = try TemporaryFolder()
    let stored = try StoredTensors(Self.small)
    for (name, value, message) in [
      ("graph/node_feat", Int64(28), "node type 28 (the model knows 0 ... 27)"),
      ("graph/edge_feat", -1, "edge type -1 (the model knows 0 ... 3)"),
      ("graph/dst", 5000, "destination"),
    ] {
      let file = try folder.write("odd.safetensors", try stored.setting(name, 2, value))
      expectFailure(
        try CommandRun(["verify", file.path]), status: 1, saying: "odd.safetensors: ", message)
    }
    for (name, other, message) in [
      ("graph/node_feat", "graph/node_faet", "no node types"),
      ("out/eval", "out/evil", "out/evil"),
    ] {
      let file = try folder.write("odd.safetensors", try stored.renaming(name, to: other))
      expectFailure(
        try CommandRun(["verify", file.path]), status: 1, saying: "odd.safetensors: ", message)
    }
  }

  @Test(.enabled(if: hasGolden, skip))
  func oneUnusableFileDoesNotHideTheOthers() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: Self.small)
    let cut = try folder.write("cut.safetensors", whole.prefix(whole.count - 1))
    let run = try CommandRun(["verify", cut.path, Self.small.path, "--quiet"])
    #expect(run.status == 1)
    #expect(run.lines.count == 1)
    #expect(run.lines.first?.hasPrefix(Self.small.path) == true)
    #expect(run.errors.contains("outcrop: error: \(cut.path): '"))
    #expect(run.errors.contains("not verified: \(cut.path)"))
  }

  @Test(
    .enabled(
      if: hasGolden && SharedFolder.has("data/ZINC"), "golden files or ZINC are not there"))
  func trainedCheckpoints() throws {
    let data = SharedFolder.url.appendingPathComponent("data").path
    let run = try CommandRun(["verify", Self.trained.path, "--data-dir", data])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    for kind in ["nobias", "ebt"] {
      for quantity in ["out/test", "act/e/0", "act/e/5", "act/e/9"] {
        #expect(run.output.contains("ok    \(kind)/\(quantity) "))
      }
    }
    let folder = try TemporaryFolder()
    let changed = try StoredTensors(Self.trained).changing("ebt/out/test", 999) { $0 + 0.001 }
    let file = try folder.write("changed.safetensors", changed)
    // The data set's own folder does as well.
    let failing = try CommandRun(["verify", file.path, "--quiet", "--data-dir", data + "/ZINC"])
    #expect(failing.status == 1)
    #expect(failing.output.contains("FAIL  ebt/out/test "))
  }

  private static let hasSkylakeCase =
    SharedFolder.has("golden/gt_tox21_ebt.safetensors")
    && (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.contains("avx512dq") == true

  /// With these kernels of OpenBLAS the input of one ReLU, which is 0 but for rounding, has another sign than in
  /// PyTorch; a gradient that is wrong by a hundredth still fails.
  @Test(
    .enabled(if: hasSkylakeCase, "the golden files are not there, or the processor has no AVX-512"))
  func gradientsOfAReLUNearZero() throws {
    let environment = ["OPENBLAS_CORETYPE": "SkylakeX"]
    let source = Self.golden.appendingPathComponent("gt_tox21_ebt.safetensors")
    let run = try CommandRun(["verify", "-q", source.path], environment: environment)
    #expect(run.status == 0, "\(run.output)")
    let folder = try TemporaryFolder()
    let name = "gradsig/layers.0.O_h.weight"
    let file = try SafetensorsFile(path: source.path)
    var values = try file.doubles(name, .rounding)
    values[1] *= 1.01
    let changed = folder.path("changed.safetensors")
    try Golden.copy(file, to: changed, changing: [name: values])
    let other = try CommandRun(["verify", "-q", changed], environment: environment)
    #expect(other.status == 1 && other.output.contains("FAIL  \(name) "), "\(other.output)")
  }

  /// A copy of a golden file with its statistics, changed by `change`.
  private static func statistics(
    _ name: String, in folder: TemporaryFolder, _ change: (inout [String: JSONValue]) -> Void
  ) throws -> String {
    let source = golden.appendingPathComponent(name)
    let path = folder.path("\(name).safetensors")
    try FileManager.default.copyItem(atPath: source.path + ".safetensors", toPath: path)
    var values = try JSON.read([String: JSONValue].self, path: source.path + ".json")
    change(&values)
    try folder.write("\(name).json", JSONValue.object(values).description)
    return path
  }

  /// `value` with each number in it replaced.
  private static func replacingNumbers(_ value: JSONValue, by other: JSONValue) -> JSONValue {
    switch value {
    case .number: other
    case .array(let list): .array(list.map { replacingNumbers($0, by: other) })
    case .object(let fields): .object(fields.mapValues { replacingNumbers($0, by: other) })
    default: value
    }
  }

  /// What is not compared is counted and named; what is no number is refused.
  @Test(.enabled(if: hasGolden && SharedFolder.has("golden/ma_stats.json"), skip))
  func statisticsThatAreNotCompared() throws {
    let folder = try TemporaryFolder()
    let whole = try Self.statistics("ma_stats", in: folder) { _ in }
    let run = try CommandRun(["verify", whole])
    #expect(run.status == 0, "\(run.errors)")
    let counts = try #require(
      run.lines.last?.firstMatch(of: /(\d+) quantities, all pass, (\d+) not compared$/))
    #expect(run.lines.count { $0.hasPrefix("  ok ") } == Int(counts.1)!)
    #expect(run.lines.count { $0.hasPrefix("  – ") } == Int(counts.2)!)
    #expect(run.output.contains("–     heavy_tailed/edge_median/distribution/scipy_fit "))
    for (other, text) in [
      (JSONValue.null, "found null"), (.string("a"), "found \"a\""), (.array([]), "found []"),
    ] {
      let folder = try TemporaryFolder()
      let file = try Self.statistics("ma_stats", in: folder) { values in
        values = values.mapValues { Self.replacingNumbers($0, by: other) }
      }
      expectFailure(
        try CommandRun(["verify", file]), status: 1, saying: "ma_stats.json: 'base_gt_zinc",
        "\(text), expected a number")
    }
    let odd = try TemporaryFolder()
    let file = try Self.statistics("ma_stats", in: odd) { values in
      guard case .object(var fields) = values["heavy_tailed"] else {
        Issue.record("no object `heavy_tailed`")
        return
      }
      fields["edge_median"] = .number(3)
      values["heavy_tailed"] = .object(fields)
    }
    expectFailure(
      try CommandRun(["verify", file]), status: 1,
      saying: "'heavy_tailed/edge_median': found 3, expected an object")
  }

  @Test(
    .enabled(
      if: hasGolden && SharedFolder.has("data/ZINC"), "golden files or ZINC are not there"))
  func layersThatTheModelDoesNotHave() throws {
    let folder = try TemporaryFolder()
    let data = SharedFolder.url.appendingPathComponent("data").path
    let file = try Self.statistics("gt_zinc_trained", in: folder) { values in
      guard case .object(var kind) = values["ebt"], case .object(var trained) = kind["trained"],
        case .array(var layers) = trained["layers"], case .object(var layer) = layers[3]
      else {
        Issue.record("no layer 3 of `ebt/trained`")
        return
      }
      layer["layer"] = .number(0.5)
      layers[3] = .object(layer)
      trained["layers"] = .array(layers)
      kind["trained"] = .object(trained)
      values["ebt"] = .object(kind)
    }
    let run = try CommandRun(["verify", file, "--data-dir", data])
    expectFailure(
      run, status: 1, saying: "gt_zinc_trained.json: 'ebt/trained/layers/3/layer': found 0.5",
      "a layer of the model, 0 ..< 10")
  }

  @Test(.enabled(if: hasGolden, skip))
  func trainedCheckpointsWithoutTheirData() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("run/trained.safetensors", try Data(contentsOf: Self.trained))
    let none = ["OUTCROP_DATA": ""]
    let alone = try CommandRun(["verify", file.path], in: folder.url, environment: none)
    #expect(alone.status == 1)
    #expect(alone.output.contains("skipped: trained checkpoints (ebt, nobias)"))
    #expect(alone.errors.contains("--data-dir"))
    let together = try CommandRun(
      ["verify", "-q", file.path, Self.small.path], in: folder.url, environment: none)
    #expect(together.status == 0)
    #expect(together.output.contains("skipped"))
    let wrong = try CommandRun(
      ["verify", "-q", file.path, Self.small.path, "--data-dir", "nowhere"], in: folder.url)
    #expect(wrong.status == 1)
    #expect(wrong.errors.contains("nowhere: no data set `ZINC`"))
  }

  @Test(arguments: [
    ("", "found"), ("short", "found"), ("\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{7f}{}", "header"),
    ("\u{2}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}{}", "metadata `model`"),
  ])
  func filesThatAreNoCase(_ content: String, _ message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("odd.safetensors", content)
    expectFailure(
      try CommandRun(["verify", file.path]), status: 1, saying: "odd.safetensors", message)
  }
}
