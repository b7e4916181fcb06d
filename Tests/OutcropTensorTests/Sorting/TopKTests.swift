import OutcropCore
import OutcropTensor
import Testing

@Suite struct TopKTests {
  /// A few elements are selected in one pass, and many are the start of the sorted order: the same for both, with
  /// equal elements, NaN and infinite ones, along both axes.
  @Test(arguments: [1, 2, 7, 16, 24, 65, 97])
  func isTheStartOfTheSortedOrder(k: Int) {
    var generator = RandomGenerator(seed: 5)
    for shape in [[9, 97], [300, 3], [1, 400], [100, 100]] {
      var x = (Tensor<Float>.normal(shape, using: &generator) * 4).round()
      x = .where(x .> 7, Tensor(Float.nan), .where(x .< -7, Tensor(-Float.infinity), x))
      for axis in [0, 1] where k <= shape[axis] {
        for largest in [true, false] {
          let order = x.argsort(axis: axis, descending: largest).sliced(axis: axis, 0..<k)
          let found = x.topK(k, axis: axis, largest: largest)
          #expect(Array(found.indices) == Array(order), "\(shape), axis \(axis)")
          let values = x.gathered(axis: axis, order)
          #expect(Array(found.values).map(\.bitPattern) == Array(values).map(\.bitPattern))
        }
      }
    }
    let numbers = Tensor<Int64>((0..<500).map { Int64($0 * 37 % 100) }, shape: [5, 100])
    let order = numbers.argsort(descending: true).sliced(axis: 1, 0..<k)
    #expect(Array(numbers.topK(k).indices) == Array(order))
  }
}
