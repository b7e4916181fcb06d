import OutcropBLAS
import OutcropCore
import OutcropTensor

/// The measured limits of the machine, with which results are compared.
package struct MachineLimits: Codable, Equatable, Sendable {
  /// 10⁹ floating-point operations per second in `Float` by OpenBLAS for square products of 1024:
  /// one product on one thread, and one product on each thread at the same time.
  package var squareOneThread, squareAllThreads: Double
  /// The same for [120, 64] × [64, 128] in the cache, for which OpenBLAS has special kernels.
  package var smallOneThread, smallAllThreads: Double
  /// 10⁹ bytes per second of a = b + 3 c over arrays of 128 MB: the bytes of the three arrays,
  /// without the lines of a that a processor reads before it writes them.
  package var triadOneThread, triadAllThreads: Double

  /// The highest measured rate of a product, in 10⁹ floating-point operations per second.
  package var peak: Double { max(squareAllThreads, smallAllThreads) }

  /// The shortest possible time for a cost, in milliseconds; nil if neither operations nor bytes are counted.
  package func milliseconds(gigaflop: Double?, megabytes: Double?) -> Double? {
    let times = [gigaflop.map { $0 / peak * 1e3 }, megabytes.map { $0 / triadAllThreads }]
    return times.compactMap { $0 }.max()
  }

  package init(
    square: (Double, Double), small: (Double, Double), triad: (Double, Double)
  ) {
    (squareOneThread, squareAllThreads) = square
    (smallOneThread, smallAllThreads) = small
    (triadOneThread, triadAllThreads) = triad
  }

  /// Measures the limits. Takes about a second.
  package static func measured() -> MachineLimits {
    let threads = ThreadPool.threadCount
    return MachineLimits(
      square: (
        gigaflopPerSecond(1024, 1024, 1024, repeats: 2, threads: 1),
        gigaflopPerSecond(1024, 1024, 1024, repeats: 2, threads: threads)
      ),
      small: (
        gigaflopPerSecond(120, 128, 64, repeats: 1000, threads: 1),
        gigaflopPerSecond(120, 128, 64, repeats: 1000, threads: threads)
      ),
      triad: (gigabytesPerSecond(threads: 1), gigabytesPerSecond(threads: threads)))
  }

  private static func gigaflopPerSecond(
    _ m: Int, _ n: Int, _ k: Int, repeats: Int, threads: Int
  ) -> Double {
    let size = m * k + k * n + m * n
    var memory = Tensor<Float>(repeating: 0.5, shape: [threads, size])
    return memory.withUnsafeMutableBufferPointer { buffer in
      let best = (0..<5).map { _ in
        milliseconds(on: threads) { thread in
          let a = buffer.baseAddress! + thread * size
          let c = a + m * k + k * n
          for _ in 0..<repeats {
            Float._gemm(false, false, m, n, k, 1, a, k, a + m * k, n, 0, c, n)
          }
        }
      }.min()!
      return 2e-6 * Double(m * n * k * repeats * threads) / best
    }
  }

  private static func gigabytesPerSecond(threads: Int) -> Double {
    let count = 1 << 25
    var a = Tensor<Float>.zeros([count])
    let (b, c) = (Tensor<Float>.ones([count]), Tensor<Float>.ones([count]))
    let best = a.withUnsafeMutableBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeBufferPointer { c in
          (0..<5).map { _ in
            milliseconds(on: threads) { thread in
              let range = thread * count / threads..<(thread + 1) * count / threads
              triad(a.baseAddress!, b.baseAddress!, c.baseAddress!, range)
            }
          }.min()!
        }
      }
    }
    return 12e-6 * Double(count) / best
  }

  private static func triad(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
    _ range: Range<Int>
  ) {
    for index in range { a[index] = b[index] + 3 * c[index] }
  }

  /// Runs `body` once on each of the pool's first threads.
  private static func milliseconds(on threads: Int, _ body: (Int) -> Void) -> Double {
    OutcropBench.milliseconds {
      if threads == 1 { body(0) } else { ThreadPool.run(chunks: threads, body) }
    }
  }
}
