import OutcropCore
import OutcropTensor
import Testing

@Suite("Leaves that several tasks differentiate at once")
struct SharedLeafTests {
  @Test("Four tasks times 200 rounds lose nothing")
  func tasks() async {
    // Whole numbers, whose sums are exact in any order.
    let leaf = Tensor<Double>((0..<1000).map { Double($0) }).trackingGradients()
    let weight = Tensor<Double>.ones([30, 20]).trackingGradients()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<200 {
            (leaf * leaf).sum().backward()
            Tensor<Double>.ones([7, 20]).linear(weight: weight).sum().backward()
          }
        }
      }
    }
    #expect(leaf.gradient!.values == (0..<1000).map { Double(1600 * $0) })
    #expect(weight.gradient!.values.allSatisfy { $0 == 5600 })
  }

  @Test("Of several backward passes through one tape, one is done and the others trap")
  func sharedTape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let leaf = Tensor<Double>([1, 2]).trackingGradients()
      let shared = leaf.exp()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { (shared * 2).sum().backward() } }
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("the tape of `exp` was consumed by an earlier backward()"))
  }
}
