import OutcropCore
import OutcropFiles
import OutcropNN
import OutcropTensor
import OutcropTestSupport
import Testing

private final class Net: Module {
  let hidden: LinearLayer<Float>
  let norm = BatchNormLayer<Float>(width: 4)
  init(seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    hidden = LinearLayer(in: 3, out: 4, using: &generator)
  }
  var values: [[Float]] { parameters.map { $0.parameter.value.values } }
}

@Suite("State files")
struct StateFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// The state of `net` under other names.
  private func write(_ net: Net, _ name: (String) -> String?) throws -> String {
    var writer = SafetensorsWriter()
    for entry in net.state {
      guard let name = name(entry.name) else { continue }
      switch entry.content {
      case .parameter(let parameter): writer.add(name, parameter.value)
      case .statistic(let statistic): writer.add(name, statistic.value)
      case .counter(let counter): writer.add(name, shape: [], [counter.value])
      }
    }
    let path = folder.path("state.safetensors")
    try writer.write(to: path)
    return path
  }

  @Test("A module is saved and loaded")
  func roundTrip() throws {
    let (net, other) = (Net(seed: 1), Net(seed: 2))
    net.norm.batchCount.value = 7
    try net.save(to: folder.path("net"), metadata: ["kind": "test"])
    #expect(net.values != other.values)
    #expect(try other.load(folder.path("net")) == LoadReport())
    #expect(net.values == other.values)
    #expect(other.norm.batchCount.value == 7)
    #expect(try SafetensorsFile(path: folder.path("net")).metadata["kind"] == "test")
  }

  @Test(
    "Prefixes of PyTorch's wrappers are read through",
    arguments: ["module.", "_orig_mod.", "_orig_mod.module."])
  func wrappers(_ prefix: String) throws {
    let (net, other) = (Net(seed: 1), Net(seed: 2))
    try other.load(write(net) { prefix + $0 })
    #expect(net.values == other.values)
  }

  @Test("A state dict without num_batches_tracked loads")
  func withoutCounter() throws {
    let (net, other) = (Net(seed: 1), Net(seed: 2))
    other.norm.batchCount.value = 5
    try other.load(write(net) { $0.hasSuffix("num_batches_tracked") ? nil : $0 })
    #expect(net.values == other.values)
    #expect(other.norm.batchCount.value == 5)
  }

  @Test("An error says which prefix to strip")
  func hint() throws {
    let (net, other) = (Net(seed: 1), Net(seed: 2))
    let path = try write(net) { "model.encoder.\($0)" }
    let before = other.values
    let error = #expect(throws: InputError.self) { try other.load(path) }
    #expect(error!.description.contains("load with `prefix: \"model.encoder.\"`"))
    #expect(other.values == before)
    try other.load(from: SafetensorsFile(path: path), prefix: "model.encoder.")
    #expect(net.values == other.values)
  }

  @Test("Missing and unknown tensors are errors, or are reported when the load is not strict")
  func strictness() throws {
    let (net, other) = (Net(seed: 1), Net(seed: 2))
    let path = try write(net) { $0 == "hidden.bias" ? "extra" : $0 }
    let bias = other.hidden.bias!.value.values
    #expect(throws: InputError.self) { try other.load(path) }
    let report = try other.load(path, isStrict: false)
    #expect(report == LoadReport(missing: ["hidden.bias"], unknown: ["extra"]))
    #expect(other.hidden.weight.value.values == net.hidden.weight.value.values)
    #expect(other.hidden.bias!.value.values == bias)
    var writer = SafetensorsWriter()
    writer.add("hidden.weight", Tensor<Float>.zeros([4, 4]))
    try writer.write(to: folder.path("shape"))
    #expect(throws: InputError.self) { try other.load(folder.path("shape"), isStrict: false) }
  }
}
