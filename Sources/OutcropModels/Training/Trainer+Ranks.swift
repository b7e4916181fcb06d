import Foundation
import OutcropCore
import OutcropNN
import OutcropTensor

extension Trainer {
  /// Throws, on every rank, where the ranks could not compute the same training.
  func checkRanks() throws {
    if communicator.size > configuration.shardCount {
      throw InputError(
        file: "training configuration", field: "shards", found: "\(configuration.shardCount)",
        expected: "at least \(communicator.size), one for each rank",
        hint:
          "a multiple of the number of ranks divides the work evenly; it is part of the run's results"
      )
    }
    if communicator.size == 1 { return }
    try communicator.requireAgreement(on: "instruction set", kernelInstructionSet)
    try communicator.requireAgreement(on: "data", dataChecksum ?? "no checksum")
    try communicator.requireAgreement(
      on: "training", String(decoding: JSON.encode(configuration), as: UTF8.self))
    try communicator.requireAgreement(
      on: "model", "\(model.name) \(JSONValue.object(model.configurationFields))")
    try communicator.requireAgreement(on: "state of the model", stateDigest)
  }

  /// A digest of all that the next step depends on.
  private var stateDigest: String {
    var hash = XXHash64()
    func add(_ tensor: Tensor<Scalar>) {
      tensor.withUnsafeBufferPointer { hash.add(UnsafeRawBufferPointer($0)) }
    }
    for entry in model.state {
      switch entry.content {
      case .parameter(let parameter): add(parameter.value)
      case .statistic(let statistic): add(statistic.value)
      case .counter(let counter): hash.add(Int(counter.value))
      }
    }
    for slot in optimizer.slots {
      hash.add(slot.steps)
      for moment in slot.moments { add(moment) }
    }
    hash.add(generator.state)
    hash.add(history.count)
    return XXHash64.hexadecimal(hash.finish())
  }
}
