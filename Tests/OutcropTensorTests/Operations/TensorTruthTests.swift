import Foundation
import OutcropTensor
import OutcropTestSupport
import Testing

/// Results and gradients of one call by PyTorch or NumPy; see `make_tensor_values.py`.
private struct TensorTruth: Decodable, Sendable {
  struct Values: Decodable {
    let s: [Int]
    let t: String
    let v: [Number]

    func tensor<S: TensorScalar>() -> Tensor<S> { Tensor(v.map { S($0.value) }, shape: s) }
    var integers: Tensor<Int64> { Tensor(v.map { $0.integer }, shape: s) }
    var mask: Tensor<Bool> { Tensor(v.map { $0.integer != 0 }, shape: s) }
  }

  /// A number, or "nan", "inf" or "-inf". Integers keep all digits.
  struct Number: Decodable {
    let value: Double
    let integer: Int64

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        (value, integer) = (Double(text)!, 0)
      } else if let integer = try? container.decode(Int64.self) {
        (value, self.integer) = (Double(integer), integer)
      } else {
        (value, integer) = (try container.decode(Double.self), 0)
      }
    }
  }

  struct Index: Decodable {
    let integer: Int?
    let slice: [Int?]?
    let ellipsis: Bool?
    let newAxis: Bool?
    let tensor: Values?

    var index: any TensorIndex {
      if let integer { return integer }
      if let slice { return TensorIndexItem.slice(from: slice[0], to: slice[1], by: slice[2]!) }
      if let tensor { return tensor.t == "b" ? tensor.mask : tensor.integers }
      return ellipsis == true ? TensorIndexItem.ellipsis : TensorIndexItem.newAxis
    }
  }

  enum Argument: Decodable {
    case integer(Int)
    case integers([Int])
    case indices([Index])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let integer = try? container.decode(Int.self) {
        self = .integer(integer)
      } else if let integers = try? container.decode([Int].self) {
        self = .integers(integers)
      } else {
        self = .indices(try container.decode([Index].self))
      }
    }
  }

  let operation: String
  let inputs: [Values]
  let integers: [String: Argument]
  let numbers: [Number]
  let weights: [Values?]
  let outputs: [Values]
  let gradients: [Values]?

  func callAsFunction(_ name: String) -> Int {
    guard case .integer(let value)? = integers[name] else { fatalError("\(operation): no \(name)") }
    return value
  }

  func list(_ name: String) -> [Int] {
    guard case .integers(let value)? = integers[name] else {
      fatalError("\(operation): no \(name)")
    }
    return value
  }

  var indices: [any TensorIndex] {
    guard case .indices(let value)? = integers["indices"] else { return [] }
    return value.map(\.index)
  }

  static let all: [TensorTruth] = {
    let url = Bundle.module.url(
      forResource: "tensor_values", withExtension: "json", subdirectory: "TorchTruth")!
    return try! JSONDecoder().decode([TensorTruth].self, from: Data(contentsOf: url))
  }()

  static let names = Set(all.map(\.operation)).sorted()
}

/// A result of any element type.
private enum Result<S: TensorScalar> {
  case numbers(Tensor<S>)
  case integers(Tensor<Int64>)
  case mask(Tensor<Bool>)
}

@Suite("PyTorch's and NumPy's values of everyday operations")
struct TensorTruthTests {
  @Test("in double precision", arguments: TensorTruth.names)
  func double(_ name: String) { check(name, Double.self, tolerance: 1e-14) }

  @Test("in single precision", arguments: TensorTruth.names)
  func single(_ name: String) { check(name, Float.self, tolerance: 1e-6) }

  /// Each case twice: on whole tensors, and on parts of larger ones that share their memory.
  private func check<S: TensorScalar>(_ name: String, _: S.Type, tolerance: Double) {
    let cases = TensorTruth.all.filter { $0.operation == name }
    for (number, truth) in cases.enumerated() {
      for isPart in [false, true] {
        let label = "\(name) \(number)\(isPart ? " (part of a tensor)" : "")"
        let leaves = truth.inputs.filter { $0.t == "f" }.map {
          ($0.tensor() as Tensor<S>).trackingGradients()
        }
        var next = 0
        let inputs = truth.inputs.map { input -> Result<S> in
          switch input.t {
          case "b": return .mask(input.mask)
          case "i": return .integers(input.integers)
          default:
            next += 1
            let leaf = leaves[next - 1]
            if !isPart { return .numbers(leaf) }
            let junk = Tensor<S>.full([7] + leaf.shape, 77)
            return .numbers(Tensor.concatenate([junk, leaf.unsqueezed(axis: 0), junk])[7])
          }
        }
        compare(label, truth, results(truth, inputs), leaves, tolerance)
      }
    }
  }

  private func compare<S: TensorScalar>(
    _ label: String, _ truth: TensorTruth, _ found: [Result<S>], _ leaves: [Tensor<S>],
    _ tolerance: Double
  ) {
    #expect(found.count == truth.outputs.count, "\(label)")
    var total = Tensor<S>(0)
    for (index, (found, expected)) in zip(found, truth.outputs).enumerated() {
      switch found {
      case .mask(let found): #expect(found == expected.mask, "\(label): result \(index)")
      case .integers(let found): #expect(found == expected.integers, "\(label): result \(index)")
      case .numbers(let found):
        #expect(found.shape == expected.s, "\(label): result \(index)")
        let values = expected.tensor() as Tensor<S>
        if let problem = difference(
          "\(label): result \(index)", found.values, values.values, tolerance: tolerance)
        {
          Issue.record("\(problem)")
        }
        if let weight = truth.weights[index], found.shape == expected.s {
          total = total + (found * weight.tensor()).sum()
        }
      }
    }
    guard let gradients = truth.gradients else { return }
    if total.isTracked { total.backward() }
    for (index, (leaf, expected)) in zip(leaves, gradients).enumerated() {
      let found = leaf.gradient ?? .zeros(like: leaf)
      if let problem = difference(
        "\(label): gradient \(index)", found, expected.tensor() as Tensor<S>, tolerance: tolerance)
      {
        Issue.record("\(problem)")
      }
    }
  }

  private func results<S: TensorScalar>(
    _ truth: TensorTruth, _ inputs: [Result<S>]
  ) -> [Result<S>] {
    func number(_ index: Int) -> Tensor<S> {
      if case .numbers(let value) = inputs[index] { return value }
      fatalError("\(truth.operation): input \(index) has another type")
    }
    func integer(_ index: Int) -> Tensor<Int64> {
      if case .integers(let value) = inputs[index] { return value }
      fatalError("\(truth.operation): input \(index) has another type")
    }
    func mask(_ index: Int) -> Tensor<Bool> {
      if case .mask(let value) = inputs[index] { return value }
      fatalError("\(truth.operation): input \(index) has another type")
    }
    var x: Tensor<S> { number(0) }
    let numbers = truth.numbers.map(\.value)
    switch truth.operation {
    case "flattened":
      return [.numbers(x.flattened(fromAxis: truth("first"), throughAxis: truth("last")))]
    case "squeezed": return [.numbers(x.squeezed())]
    case "squeezedAxis": return [.numbers(x.squeezed(axis: truth("axis")))]
    case "unsqueezed": return [.numbers(x.unsqueezed(axis: truth("axis")))]
    case "permuted": return [.numbers(x.permuted(truth.list("order")))]
    case "movedAxis": return [.numbers(x.movedAxis(from: truth("source"), to: truth("target")))]
    case "swappedAxes": return [.numbers(x.swappedAxes(truth("first"), truth("second")))]
    case "flipped": return [.numbers(x.flipped(axes: truth.list("axes")))]
    case "rolled": return [.numbers(x.rolled(by: truth("shift"), axis: truth("axis")))]
    case "rolledFlat": return [.numbers(x.rolled(by: truth("shift")))]
    case "tiled": return [.numbers(x.tiled(truth.list("counts")))]
    case "repeated": return [.numbers(x.repeated(truth("count"), axis: truth("axis")))]
    case "broadcast": return [.numbers(x.broadcast(to: truth.list("shape")))]
    case "padded":
      let widths = truth.list("widths")
      return [
        .numbers(x.padded([(widths[0], widths[1]), (widths[2], widths[3])], with: S(numbers[0])))
      ]
    case "lowerTriangle": return [.numbers(x.lowerTriangle(diagonal: truth("diagonal")))]
    case "upperTriangle": return [.numbers(x.upperTriangle(diagonal: truth("diagonal")))]
    case "diagonal":
      return [.numbers(x.diagonal(offset: truth("offset"), axes: truth("first"), truth("second")))]
    case "diagonalMatrix": return [.numbers(.diagonal(x, offset: truth("offset")))]
    case "concatenated": return [.numbers(.concatenate([x, number(1)], axis: truth("axis")))]
    case "stacked": return [.numbers(.stack([x, number(1)], axis: truth("axis")))]
    case "split": return x.split(size: truth("size"), axis: truth("axis")).map { .numbers($0) }
    case "splitSizes":
      return x.split(sizes: truth.list("sizes"), axis: truth("axis")).map { .numbers($0) }
    case "chunked": return x.chunked(into: truth("count"), axis: truth("axis")).map { .numbers($0) }
    case "taken": return [.numbers(x.taken(integer(1), axis: truth("axis")))]
    case "subscript": return [.numbers(x.selecting(truth.indices.map(\._item)))]
    case "putting":
      return [
        .numbers(
          x.putting(number(1), atIndices: truth.indices, accumulating: truth("accumulating") == 1))
      ]
    case "gathered": return [.numbers(x.gathered(axis: truth("axis"), integer(1)))]
    case "scattered": return [.numbers(x.scattered(axis: truth("axis"), integer(1), number(2)))]
    case "scatterAdded":
      return [.numbers(x.scattered(axis: truth("axis"), integer(1), number(2), accumulating: true))]
    case "oneHot": return [.integers(.oneHot(integer(0), count: truth("count")))]
    case "where": return [.numbers(.where(mask(0), number(1), number(2)))]
    case "maskedFill": return [.numbers(x.maskedFill(mask(1), S(numbers[0])))]
    case "nonzero": return [.integers(x.nonzero())]
    case "sorted":
      return [.numbers(x.sorted(axis: truth("axis"), descending: truth("descending") == 1))]
    case "argsort":
      return [.integers(x.argsort(axis: truth("axis"), descending: truth("descending") == 1))]
    case "topK":
      let (values, indices) = x.topK(
        truth("k"), axis: truth("axis"), largest: truth("largest") == 1)
      return [.numbers(values), .integers(indices)]
    case "argmax": return [.integers(x.argmax(axis: truth("axis")))]
    case "argmin": return [.integers(x.argmin(axis: truth("axis")))]
    case "argmaxFlat": return [.integers(x.argmax())]
    case "argminFlat": return [.integers(x.argmin())]
    case "quantile": return [.numbers(x.quantile(numbers[0], axis: truth("axis")))]
    case "median", "medianValues": return [.numbers(x.median(axis: truth("axis")))]
    case "unique":
      let unique = x.unique()
      return [.numbers(unique.values), .integers(unique.inverse), .integers(unique.counts)]
    case "lt": return [.mask(x .< number(1))]
    case "le": return [.mask(x .<= number(1))]
    case "gt": return [.mask(x .> number(1))]
    case "ge": return [.mask(x .>= number(1))]
    case "eq": return [.mask(x .== number(1))]
    case "ne": return [.mask(x .!= number(1))]
    case "and": return [.mask(mask(0) .& mask(1))]
    case "or": return [.mask(mask(0) .| mask(1))]
    case "xor": return [.mask(mask(0) .^ mask(1))]
    case "not": return [.mask(.!mask(0))]
    case "any": return [.mask(mask(0).any(axis: truth("axis")))]
    case "all": return [.mask(mask(0).all(axis: truth("axis")))]
    case "countTrue": return [.integers(mask(0).sum(axis: truth("axis")))]
    case "toInt64": return [.integers(Tensor<Int64>(x))]
    case "toInt32": return [.integers(Tensor<Int64>(Tensor<Int32>(x)))]
    case "toBool": return [.mask(Tensor<Bool>(x))]
    case "toFloat": return [.numbers(Tensor<S>(Tensor<Float>(x.detached)))]
    case "arange": return [.numbers(.arange(numbers[0], numbers[1], by: numbers[2]))]
    case "linspace":
      return [
        .numbers(
          .linspace(numbers[0], numbers[1], count: truth("count"), includingEnd: truth("end") == 1))
      ]
    case "eye":
      return [.numbers(.eye(truth("rows"), truth("columns"), offset: truth("offset")))]
    case "binCountWeights":
      return [
        .numbers(integer(0).binCount(weights: number(1).detached, minimumCount: truth("least")))
      ]
    default: return integerResults(truth, integer)
    }
  }

  private func integerResults<S: TensorScalar>(
    _ truth: TensorTruth, _ input: (Int) -> Tensor<Int64>
  ) -> [Result<S>] {
    func narrow(_ index: Int) -> Tensor<Int32> { Tensor<Int32>(input(index)) }
    func wide(_ x: Tensor<Int32>) -> [Result<S>] { [.integers(Tensor<Int64>(x))] }
    switch truth.operation {
    case "integer_add": return [.integers(input(0) + input(1))]
    case "integer_subtract": return [.integers(input(0) - input(1))]
    case "integer_multiply": return [.integers(input(0) * input(1))]
    case "integer_divide": return [.integers(input(0) / input(1))]
    case "integer_remainder": return [.integers(input(0) % input(1))]
    case "int32_add": return wide(narrow(0) + narrow(1))
    case "int32_subtract": return wide(narrow(0) - narrow(1))
    case "int32_multiply": return wide(narrow(0) * narrow(1))
    case "int32_divide": return wide(narrow(0) / narrow(1))
    case "int32_remainder": return wide(narrow(0) % narrow(1))
    case "integer_lt": return [.mask(input(0) .< input(1))]
    case "integer_le": return [.mask(input(0) .<= input(1))]
    case "integer_gt": return [.mask(input(0) .> input(1))]
    case "integer_ge": return [.mask(input(0) .>= input(1))]
    case "integer_eq": return [.mask(input(0) .== input(1))]
    case "integer_ne": return [.mask(input(0) .!= input(1))]
    case "integer_sum": return [.integers(input(0).sum(axis: truth("axis")))]
    case "integer_min": return [.integers(input(0).min(axis: truth("axis")))]
    case "integer_max": return [.integers(input(0).max(axis: truth("axis")))]
    case "integer_argsort":
      return [
        .integers(input(0).argsort(axis: truth("axis"), descending: truth("descending") == 1))
      ]
    case "integer_unique":
      let unique = input(0).unique()
      return [.integers(unique.values), .integers(unique.inverse), .integers(unique.counts)]
    case "integer_arange":
      let range = truth.list("range")
      return [.integers(.arange(range[0], range[1], by: range[2]))]
    case "binCount": return [.integers(input(0).binCount(minimumCount: truth("least")))]
    default: fatalError("no such case: \(truth.operation)")
    }
  }
}
