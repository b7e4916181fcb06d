import OutcropCore
import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Einstein sums")
struct EinsumTests {
  /// The definition: a sum over all values of all letters.
  private func loops(_ terms: [[Character]], _ output: [Character], _ x: [Tensor<Double>])
    -> Tensor<Double>
  {
    var sizes: [Character: Int] = [:]
    for (term, tensor) in zip(terms, x) {
      for (letter, size) in zip(term, tensor.shape) {
        let known = sizes[letter] ?? 1
        sizes[letter] = known == 1 ? size : known
      }
    }
    if sizes.values.contains(0) { return .zeros(output.map { sizes[$0]! }) }
    let letters = sizes.keys.sorted()
    func place(_ term: [Character], _ shape: [Int], _ values: [Character: Int]) -> Int {
      zip(term, shape).reduce(0) { $0 * $1.1 + ($1.1 == 1 ? 0 : values[$1.0]!) }
    }
    let shape = output.map { sizes[$0]! }
    var result = [Double](repeating: 0, count: shape.reduce(1, *))
    let total = letters.map { sizes[$0]! }.reduce(1, *)
    let arrays = x.map(\.values)
    for number in 0..<total {
      var (rest, values) = (number, [Character: Int]())
      for letter in letters {
        values[letter] = rest % sizes[letter]!
        rest /= sizes[letter]!
      }
      var product = 1.0
      for index in x.indices {
        product *= arrays[index][place(terms[index], x[index].shape, values)]
      }
      result[place(output, shape, values)] += product
    }
    return Tensor(result, shape: shape)
  }

  @Test("of random specifications are the loops")
  func random() {
    var generator = RandomGenerator(seed: 5)
    for round in 0..<400 {
      let letters = Array("abcdef").prefix(1 + generator.below(6))
      let sizes = letters.map { _ in generator.below(20) == 0 ? 0 : 1 + generator.below(3) }
      let terms = (0..<(1 + generator.below(4))).map { _ in
        (0..<generator.below(4)).map { _ in letters[generator.below(letters.count)] }
      }
      let present = Set(terms.joined())
      var output = letters.filter { present.contains($0) && generator.below(2) == 0 }
      output.shuffle(using: &generator)
      let x = terms.map { term in
        // A letter that stands once in its term may have size 1, which broadcasts.
        let shape = term.map { letter in
          term.count { $0 == letter } == 1 && generator.below(6) == 0
            ? 1 : sizes[letters.firstIndex(of: letter)!]
        }
        return Tensor<Double>.normal(shape, using: &generator)
      }
      let equation = terms.map { String($0) }.joined(separator: ",") + "->" + String(output)
      let found = einsum(equation, x)
      if let problem = difference(
        "round \(round) \(equation) \(x.map(\.shape))", found, loops(terms, Array(output), x),
        tolerance: 1e-13)
      {
        Issue.record("\(problem)")
      }
    }
  }

  @Test("name what does not fit")
  func traps() async {
    await #expect(processExitsWith: .failure) {
      _ = einsum("ij,jk->ik", Tensor<Float>.zeros([2, 3]), .zeros([4, 5]))
    }
    await #expect(processExitsWith: .failure) { _ = einsum("ij->k", Tensor<Float>.zeros([2, 3])) }
    await #expect(processExitsWith: .failure) { _ = einsum("i->i", Tensor<Float>.zeros([2, 3])) }
    await #expect(processExitsWith: .failure) { _ = einsum("ii", Tensor<Float>.zeros([1, 3])) }
    await #expect(processExitsWith: .failure) {
      _ = Tensor<Float>.zeros([4, 2, 3]).matrixProduct(.zeros([2, 5]))
    }
  }
}
