import OutcropCore

extension Tensor where Scalar: TensorScalar {
  /// The sum of the products of two vectors of one length, a scalar.
  public func dot(_ other: Tensor) -> Tensor {
    require(
      rank == 1 && shape == other.shape,
      "dot: shapes \(shape) and \(other.shape); expected two vectors of one length")
    return matrixProduct(other)
  }

  /// The sums of products over the last axes, of one size: [a..., k] and [b..., k] → [a..., b...],
  /// as NumPy's `inner`. A scalar multiplies the other factor.
  public func inner(_ other: Tensor) -> Tensor {
    if rank == 0 || other.rank == 0 { return self * other }
    return tensorContraction(other, axes: ([rank - 1], [other.rank - 1]))
  }

  /// All products of an element of this tensor and one of the other: [a...] and [b...] →
  /// [a..., b...].
  public func outer(_ other: Tensor) -> Tensor {
    reshaped([count, 1]).matrixProduct(other.reshaped([1, other.count])).reshaped(
      shape + other.shape)
  }

  /// The sums of products over the last `axes` axes of this tensor and the first of the other, as
  /// NumPy's `tensordot`.
  public func tensorContraction(_ other: Tensor, axes: Int = 2) -> Tensor {
    require(
      axes >= 0 && axes <= rank && axes <= other.rank,
      "tensorContraction: \(axes) axes of the shapes \(shape) and \(other.shape)")
    return tensorContraction(other, axes: (Array((rank - axes)..<rank), Array(0..<axes)))
  }

  /// The sums of products over pairs of axes: axis `axes.0[i]` of this tensor and `axes.1[i]` of the
  /// other have one size (negative axes count from the end). The result has the remaining axes of
  /// this tensor, then those of the other.
  public func tensorContraction(_ other: Tensor, axes: ([Int], [Int])) -> Tensor {
    func normalized(_ axes: [Int], _ rank: Int) -> [Int] { axes.map { $0 < 0 ? $0 + rank : $0 } }
    let (left, right) = (normalized(axes.0, rank), normalized(axes.1, other.rank))
    func isValid(_ axes: [Int], _ rank: Int) -> Bool {
      Set(axes).count == axes.count && axes.allSatisfy { $0 >= 0 && $0 < rank }
    }
    require(
      left.count == right.count && isValid(left, rank) && isValid(right, other.rank)
        && zip(left, right).allSatisfy { shape[$0] == other.shape[$1] },
      "tensorContraction: axes \(axes.0) and \(axes.1) of the shapes \(shape) and \(other.shape); "
        + "expected different axes of equal sizes")
    // Labels: the axes of this tensor, then those of the other that are not contracted.
    let labels = Array(0..<rank)
    let others = (0..<other.rank).map { axis in
      right.firstIndex(of: axis).map { left[$0] } ?? rank + axis
    }
    let result = labels.filter { !left.contains($0) } + others.filter { $0 >= rank }
    return contractPair(LabeledTensor(self, labels), LabeledTensor(other, others), keeping: result)
      .ordered(as: result).tensor
  }
}

/// Contracts any number of tensors by the Einstein convention, as NumPy's `einsum`: each letter names
/// an axis, and letters that are missing in the result are summed over.
///
/// `einsum("ij,jk->ik", a, b)` is the matrix product, `"ii->i"` the diagonal, `"ii"` the trace,
/// `"bhqd,bhkd->bhqk"` the scores of attention. An ellipsis stands for any further axes, which
/// broadcast. Without `->` the result has the axes of the ellipsis and then the letters that occur
/// once, in alphabetical order. Axes of one letter have one size, or 1, which broadcasts.
///
/// Operands are contracted two at a time, the cheapest pair first, each as one batched matrix product;
/// axes that no other operand has are summed first. Traps if the equation does not fit the
/// operands.
public func einsum<Scalar: TensorScalar>(
  _ equation: String, _ operands: Tensor<Scalar>...
) -> Tensor<Scalar> {
  einsum(equation, operands)
}

/// The same with the operands in an array.
public func einsum<Scalar: TensorScalar>(
  _ equation: String, _ operands: [Tensor<Scalar>]
) -> Tensor<Scalar> {
  let specification = EinsumEquation(equation, operands.map(\.shape))
  var rest = zip(operands, specification.inputs).map {
    LabeledTensor($0, $1).withoutRepetition().droppingBroadcast()
  }
  let output = specification.output
  if rest.count == 1 { rest[0] = rest[0].summed(keeping: Set(output)) }
  while rest.count > 1 {
    // The pair with the fewest multiplications.
    var best = (cost: Double.infinity, first: 0, second: 1)
    for first in rest.indices where rest.count > 2 {
      for second in rest.indices where second > first {
        let labels = Set(rest[first].labels).union(rest[second].labels)
        let cost = labels.reduce(1.0) { $0 * Double(specification.sizes[$1]!) }
        if cost < best.cost { best = (cost, first, second) }
      }
    }
    let (a, b) = (rest[best.first], rest[best.second])
    rest.remove(at: best.second)
    rest.remove(at: best.first)
    let kept = rest.reduce(into: Set(output)) { $0.formUnion($1.labels) }
    let joined = a.labels + b.labels.filter { !a.labels.contains($0) }
    rest.insert(contractPair(a, b, keeping: joined.filter(kept.contains)), at: best.first)
  }
  let result = rest[0].ordered(as: output.filter(rest[0].labels.contains)).tensor
  // Axes that every operand had with size 1 only for broadcasting are added again.
  let shape = output.map { specification.sizes[$0]! }
  return result.shape == shape ? result : result.reshaped(shape)
}

/// A tensor with a label for each axis.
private struct LabeledTensor<Scalar: TensorScalar> {
  var tensor: Tensor<Scalar>
  var labels: [Int]

  init(_ tensor: Tensor<Scalar>, _ labels: [Int]) { (self.tensor, self.labels) = (tensor, labels) }

  /// The axes in the order of `order`, which names each label once.
  func ordered(as order: [Int]) -> LabeledTensor {
    if labels == order { return self }
    return LabeledTensor(tensor.transposed(order.map { labels.firstIndex(of: $0)! }), order)
  }

  /// The diagonal of axes with the same label.
  func withoutRepetition() -> LabeledTensor {
    var result = self
    while let second = result.labels.indices.first(where: { index in
      result.labels[..<index].contains(result.labels[index])
    }) {
      let first = result.labels.firstIndex(of: result.labels[second])!
      result = LabeledTensor(
        result.tensor.diagonalOfAxes(first, second),
        result.labels.enumerated().filter { $0.offset != second && $0.offset != first }.map(
          \.element)
          + [result.labels[first]])
    }
    return result
  }

  /// The tensor without its axes of size 1.
  func droppingBroadcast() -> LabeledTensor {
    let dropped = labels.indices.filter { tensor.shape[$0] == 1 }
    if dropped.isEmpty { return self }
    let kept = labels.indices.filter { !dropped.contains($0) }
    return LabeledTensor(tensor.reshaped(kept.map { tensor.shape[$0] }), kept.map { labels[$0] })
  }

  /// The sum over all labels that are not in `kept`.
  func summed(keeping kept: Set<Int>) -> LabeledTensor {
    let axes = labels.indices.filter { !kept.contains(labels[$0]) }
    return axes.isEmpty
      ? self : LabeledTensor(tensor.sum(axes: axes), labels.filter(kept.contains))
  }
}

/// The sum of products over the labels that are not kept, as one batched product.
private func contractPair<Scalar: TensorScalar>(
  _ a: LabeledTensor<Scalar>, _ b: LabeledTensor<Scalar>, keeping result: [Int]
) -> LabeledTensor<Scalar> {
  let kept = Set(result)
  // Labels of only one operand that are not kept are summed first.
  let a = a.summed(keeping: kept.union(b.labels))
  let b = b.summed(keeping: kept.union(a.labels))
  let batch = a.labels.filter { b.labels.contains($0) && kept.contains($0) }
  let inner = a.labels.filter { b.labels.contains($0) && !kept.contains($0) }
  let left = a.labels.filter { !b.labels.contains($0) }
  let right = b.labels.filter { !a.labels.contains($0) }
  func sizes(_ tensor: LabeledTensor<Scalar>, _ labels: [Int]) -> [Int] {
    labels.map { tensor.tensor.shape[tensor.labels.firstIndex(of: $0)!] }
  }
  let (batchSizes, leftSizes, rightSizes) = (sizes(a, batch), sizes(a, left), sizes(b, right))
  let (m, k, n) = (leftSizes.product, sizes(a, inner).product, rightSizes.product)
  let count = batchSizes.product
  // An operand that is stored as the required transpose is read without a copy.
  let transposesA = a.labels != batch + left + inner && a.labels == batch + inner + left
  let transposesB = b.labels != batch + inner + right && b.labels == batch + right + inner
  let x = a.ordered(as: batch + (transposesA ? inner + left : left + inner)).tensor
    .reshaped([count] + (transposesA ? [k, m] : [m, k]))
  let y = b.ordered(as: batch + (transposesB ? right + inner : inner + right)).tensor
    .reshaped([count] + (transposesB ? [n, k] : [k, n]))
  if m == 1, n == 1, count > 1 {
    // Many dot products are faster as one reduction.
    let sums = (x.reshaped([count, k]) * y.reshaped([count, k])).sum(axis: 1)
    return LabeledTensor(sums.reshaped(batchSizes + leftSizes + rightSizes), batch + left + right)
  }
  let product = x.matrixProduct(y, transposingSelf: transposesA, transposingOther: transposesB)
  return LabeledTensor(
    product.reshaped(batchSizes + leftSizes + rightSizes), batch + left + right)
}

/// A parsed equation of `einsum`, with a number for each letter and each axis of the ellipsis.
private struct EinsumEquation {
  private(set) var inputs: [[Int]] = []
  private(set) var output: [Int] = []
  /// The size of each label, over all operands.
  private(set) var sizes: [Int: Int] = [:]

  init(_ equation: String, _ shapes: [[Int]]) {
    func fail(_ reason: String) -> Never {
      fatalError("einsum: \"\(equation)\" with the shapes \(shapes): \(reason)")
    }
    // Bytes, because comparing characters takes longer than the products of small operands.
    let text = equation.utf8.filter { $0 != 0x20 && !(0x09...0x0D ~= $0) }
    let arrow = text.indices.dropLast().first { text[$0...].starts(with: "->".utf8) }
    let terms = text[..<(arrow ?? text.count)].split(
      separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    if terms.count != shapes.count { fail("\(terms.count) terms for \(shapes.count) operands") }
    /// Letters by number, nil for the ellipsis.
    func parse(_ term: ArraySlice<UInt8>) -> [Int?] {
      var result: [Int?] = []
      var rest = term
      while let first = rest.first {
        if rest.starts(with: "...".utf8) {
          if result.contains(nil) { fail("two ellipses in one term") }
          result.append(nil)
          rest = rest.dropFirst(3)
        } else if UInt8(ascii: "a")...UInt8(ascii: "z") ~= first | 0x20 {
          result.append(Int(first))
          rest = rest.dropFirst()
        } else {
          let found = String(decoding: rest, as: UTF8.self).prefix(1)
          fail("found \"\(found)\", expected letters, commas, ellipses and one arrow")
        }
      }
      return result
    }
    // Axes of the ellipsis are numbered −1, −2, … from the last.
    let parsed = terms.map(parse)
    var widest = 0
    for (term, shape) in zip(parsed, shapes) {
      let letters = term.count { $0 != nil }
      let further = shape.count - letters
      let hasEllipsis = term.count > letters
      if further < 0 || (further > 0 && !hasEllipsis) {
        fail("a term of \(letters) letters for an operand with \(shape.count) axes")
      }
      widest = max(widest, further)
      let labels = term.flatMap { $0.map { [$0] } ?? (0..<further).map { $0 - further } }
      for (axis, label) in labels.enumerated() {
        if let other = labels[..<axis].firstIndex(of: label), shape[other] != shape[axis] {
          fail("a diagonal of axes of the sizes \(shape[other]) and \(shape[axis])")
        }
        let (found, size) = (sizes[label] ?? 1, shape[axis])
        if found != size && found != 1 && size != 1 {
          fail("an axis has the sizes \(found) and \(size)")
        }
        sizes[label] = found == 1 ? size : found
      }
      inputs.append(labels)
    }
    let ellipsis = (0..<widest).map { $0 - widest }
    if let arrow {
      let term = parse(text[(arrow + 2)...])
      output = term.flatMap { $0.map { [$0] } ?? ellipsis }
      if Set(output).count != output.count { fail("a letter occurs twice in the result") }
      if let unknown = output.first(where: { sizes[$0] == nil }) {
        fail("the result's \"\(Character(UnicodeScalar(UInt8(unknown))))\" is in no operand")
      }
    } else {
      var occurrences: [Int: Int] = [:]
      for label in inputs.joined() where label >= 0 { occurrences[label, default: 0] += 1 }
      output = ellipsis + occurrences.filter { $0.value == 1 }.keys.sorted()
    }
  }
}
