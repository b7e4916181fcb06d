import OutcropCore
import OutcropFiles
import OutcropTensor

/// The part of an optimizer's state that checkpoints hold in their metadata. The moments are tensors of the file,
/// named `optimizer/MOMENT/PARAMETER`.
package struct OptimizerState {
  /// The settings of a group of parameters.
  package struct Group: Codable {
    package var learningRate, weightDecay: Double

    package init(learningRate: Double, weightDecay: Double) {
      (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
    }
  }

  /// The optimizer's name.
  package var name: String
  package var groups: [Group]
  /// The steps of each parameter.
  package var steps: [String: Int]

  package init(name: String, groups: [Group], steps: [String: Int]) {
    (self.name, self.groups, self.steps) = (name, groups, steps)
  }

  package init<Scalar: TensorScalar>(_ optimizer: any Optimizer<Scalar>) {
    name = type(of: optimizer).name
    groups = optimizer.groups.map {
      Group(learningRate: $0.learningRate, weightDecay: $0.weightDecay)
    }
    steps = Dictionary(uniqueKeysWithValues: optimizer.slots.map { ($0.name, $0.steps) })
  }

  /// The steps that a training can reach. After more, the next step would overflow.
  package static let possibleSteps = 0...(1 << 53)

  /// Throws `InputError` for numbers that no training can have written.
  package func check(_ source: String) throws {
    for (name, count) in steps.sorted(by: { $0.key < $1.key })
    where !(Self.possibleSteps ~= count) {
      throw InputError(
        file: source, field: "steps.\(name)", found: "\(count)",
        expected: "a number of steps in 0 ... 2^53")
    }
    for (index, group) in groups.enumerated()
    where ![group.learningRate, group.weightDecay].allSatisfy({ $0 >= 0 && $0.isFinite }) {
      throw InputError(
        file: source, field: "groups[\(index)]",
        found: "rates \(group.learningRate) and \(group.weightDecay)",
        expected: "finite numbers, 0 or more")
    }
  }

  /// What gives `optimizer` this state and the moments of `file`. Throws `InputError` if they are those of another
  /// optimizer; nothing is changed before the result is called.
  package func restoration<Scalar: TensorScalar>(
    of optimizer: any Optimizer<Scalar>, from file: SafetensorsFile
  ) throws -> () -> Void {
    let expected = type(of: optimizer).name
    guard name == expected, groups.count == optimizer.groups.count else {
      throw InputError(
        file: file.path, found: "an optimizer \(name) with \(groups.count) groups",
        expected: "\(expected) with \(optimizer.groups.count)")
    }
    let slots = try optimizer.slots.map { slot in
      guard let steps = steps[slot.name] else {
        throw InputError(
          file: file.path, found: "no steps of `\(slot.name)`",
          expected: "those of every parameter of the optimizer")
      }
      let moments: [Tensor<Scalar>] = try zip(type(of: optimizer).momentNames, slot.moments).map {
        try loadedTensor(file, "optimizer/\($0)/\(slot.name)", $1.shape)
      }
      return (slot: slot, steps: steps, moments: moments)
    }
    return {
      for (group, saved) in zip(optimizer.groups, groups) {
        (group.learningRate, group.weightDecay) = (saved.learningRate, saved.weightDecay)
      }
      for (slot, steps, moments) in slots { (slot.steps, slot.moments) = (steps, moments) }
    }
  }
}

extension SafetensorsWriter {
  /// Adds the moments of an optimizer.
  package mutating func addMoments<Scalar: TensorScalar>(of optimizer: any Optimizer<Scalar>) {
    for slot in optimizer.slots {
      for (name, moment) in zip(type(of: optimizer).momentNames, slot.moments) {
        add("optimizer/\(name)/\(slot.name)", moment)
      }
    }
  }
}
