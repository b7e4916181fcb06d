import OutcropTensor
import OutcropTestSupport
import Testing

@Suite("Leaves are announced when a backward pass is done with them")
struct LeafAnnouncementTests {
  /// The order of the announcements, and the gradients that the leaves had then and at the end.
  private func announcements(
    _ leaves: [Tensor<Double>], _ result: Tensor<Double>
  ) -> (order: [Int], then: [[Double]?], end: [[Double]?]) {
    final class Log {
      var order: [Int] = []
      var then: [[Double]?] = []
    }
    let log = Log()
    log.then = Array(repeating: [-1], count: leaves.count)
    result.backward(gradient: .ones(result.shape), announcing: leaves) { number in
      log.order.append(number)
      log.then[number] = leaves[number].gradient?.values
    }
    return (log.order, log.then, leaves.map { $0.gradient?.values })
  }

  private func leaves(_ count: Int) -> [Tensor<Double>] {
    (0..<count).map { Tensor<Double>([Double($0 + 2), 3]).trackingGradients() }
  }

  @Test("The last layer's first, each once, with the gradient of the end")
  func chain() {
    let leaves = leaves(4)
    let (order, then, end) = announcements(leaves, leaves.dropFirst().reduce(leaves[0].exp(), *))
    #expect(order == [3, 2, 1, 0])
    #expect(then == end)
    #expect(!end.contains(nil))
  }

  @Test(
    "A leaf that several operations use comes after the first of them, one that none uses at the end"
  )
  func sharedAndUnused() {
    let leaves = leaves(3)
    let first = leaves[0].exp() * leaves[0]
    let (order, then, end) = announcements(leaves, (first * leaves[1]).sin() * leaves[0])
    #expect(order == [1, 0, 2])
    #expect(then == end)
    #expect(end[2] == nil)
  }

  @Test("A result that is itself a leaf")
  func onlyALeaf() {
    let leaves = leaves(1)
    let (order, then, end) = announcements(leaves, leaves[0])
    #expect((order, then, end) == ([0], [[1, 1]], [[1, 1]]))
  }

  @Test("A leaf that a repeated computation captures is announced after it")
  func recomputation() {
    let leaves = leaves(3)
    let x = leaves[0].exp()
    let repeated = Tensor.recomputing(x) { $0 * leaves[1] }
    let (order, then, end) = announcements(leaves, repeated * leaves[1] * leaves[2])
    #expect(order.sorted() == [0, 1, 2])
    #expect(then == end)
    let plain = self.leaves(3)
    let (_, _, expected) = announcements(plain, plain[0].exp() * plain[1] * plain[1] * plain[2])
    for (found, expected) in zip(end, expected) {
      #expect(zip(found!, expected!).allSatisfy { abs($0 - $1) <= 1e-14 * abs($1) })
    }
  }
}
