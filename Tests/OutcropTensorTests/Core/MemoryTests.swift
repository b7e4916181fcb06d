import OutcropCore
import OutcropTensor
import Testing

@Suite("Memory")
struct MemoryTests {
  // In a process of its own: the pool's counters belong to all threads.
  @Test("After the first step, steps of about the same size allocate nothing large")
  func steadySteps() async {
    await #expect(processExitsWith: .success) {
      var generator = RandomGenerator(seed: 1)
      let weight = Tensor<Float>.linearWeight(out: 64, in: 64, using: &generator)
      let (gamma, beta) = (Tensor<Float>.ones([64]), Tensor<Float>.zeros([64]))
      func step(_ rows: Int) {
        let (w, g, b) = (
          weight.trackingGradients(), gamma.trackingGradients(), beta.trackingGradients()
        )
        let x = Tensor<Float>.normal([rows, 64], using: &generator)
        var h = x
        for _ in 0..<3 {
          let y = h.linear(weight: w, bias: b, activation: .relu)
            .dropout(probability: 0.1, using: &generator)
          h = y.batchNorm(weight: g, bias: b, residual: h).output
        }
        let index = RowIndex((0..<(2 * rows)).map { Int32($0 % rows) }, rowCount: rows)
        let q = h.gathered(rows: index).reshaped([1, 2 * rows, 4, 16]).transposed([0, 2, 1, 3])
        Tensor.denseAttention(query: q, key: q, value: q).meanSquaredError(targets: q).backward()
        #expect(w.gradient != nil)
      }
      step(1000)
      let first = BufferPool.statistics
      for rows in [1000, 1013, 950, 1070, 1001, 1100, 960] { step(rows) }
      let last = BufferPool.statistics
      #expect(first.largeAllocations > 0)
      #expect(last.largeAllocations == first.largeAllocations)
      #expect(last.bytesInUse <= first.bytesInUse)
    }
  }

  @Test("Dense attention keeps memory linear in the number of rows")
  func linearAttention() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor<Float>.ones([1, 1, 8192, 8])
      let before = BufferPool.statistics.bytesInUse
      let q = x.trackingGradients()
      Tensor.denseAttention(query: q, key: q, value: q).sum().backward()
      let peak = BufferPool.statistics.peakBytesInUse - before
      // Scores would take 256 MiB.
      #expect(peak < 8 << 20)
    }
  }
}
