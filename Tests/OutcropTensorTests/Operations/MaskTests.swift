import OutcropTensor
import OutcropTestSupport
import Testing

/// Selecting by a mask agrees with a loop, for masks of one part and of several, which threads share.
@Suite("Masks")
struct MaskTests {
  static let sizes = [0, 1, 254, 255, 256, 16_383, 16_384, 16_385, 50_001]

  @Test("Selected elements", arguments: sizes)
  func selection(_ count: Int) {
    var random = TestRandom(UInt64(count))
    for share in [0, 1, 5, 9, 10] {
      let bits = (0..<count).map { _ in Int.random(in: 0..<10, using: &random) < share }
      let places = (0..<count).filter { bits[$0] }
      let mask = Tensor<Bool>(bits)
      func check<Element: TensorElement & Equatable>(_ element: (Int) -> Element) {
        let x = Tensor<Element>((0..<count).map(element))
        #expect(x[mask].values == places.map(element))
      }
      check { Float($0) }
      check { Double($0) }
      check { Int32($0) }
      check { Int64($0) }
      #expect(Tensor<Bool>(bits.map { !$0 })[mask].values == places.map { _ in false })
      #expect(mask.nonzero().values == places.map { Int64($0) })
    }
  }
}
