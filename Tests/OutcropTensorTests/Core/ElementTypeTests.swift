import OutcropTensor
import Testing

@Suite("Element types")
struct ElementTypeTests {
  @Test("Casts drop fractions, compare with zero and keep their own type")
  func casts() {
    let x = Tensor<Double>([-1.7, 0, 2.9, 1e300])
    #expect(Tensor<Float>(x).values == [-1.7, 0, 2.9, .infinity])
    #expect(Tensor<Int32>(x[..<3]).values == [-1, 0, 2])
    #expect(Tensor<Int64>(Tensor<Float>([-1.7, 0x1p40])).values == [-1, 1 << 40])
    #expect(Tensor<Bool>(x).values == [true, false, true, true])
    #expect(Tensor<Bool>(Tensor<Float>([.nan, -0.0])).values == [true, false])
    let truth: Tensor<Bool> = [true, false]
    #expect(Tensor<Float>(truth).values == [1, 0] && Tensor<Double>(truth).values == [1, 0])
    #expect(Tensor<Int32>(truth).values == [1, 0] && Tensor<Int64>(truth).values == [1, 0])
    let number: Tensor<Int64> = [[3, -4]]
    #expect(Tensor<Int32>(number) == [[3, -4]] && Tensor<Double>(number) == [[3, -4]])
    #expect(Tensor<Int64>(Tensor<Int32>(number)) == number && Tensor<Float>(number) == [[3, -4]])
    #expect(Tensor<Bool>(number) == [[true, true]])
    let leaf = Tensor<Double>([1, 2]).trackingGradients()
    Tensor<Double>(leaf).sum().backward()
    #expect(leaf.gradient == [1, 1])
    #expect(withoutGradients { Tensor<Float>(leaf) } == [1, 2])
  }

  @Test("Casts that lose gradients or numbers trap")
  func castErrors() async {
    let tracked = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>(Tensor<Double>([1, 2]).trackingGradients()) }
    #expect(said(tracked, "Tensor<Float>: a tracked Tensor<Double> of shape [2]", ".detached"))
    let infinite = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Int32>(Tensor<Double>([1, .infinity])) }
    #expect(said(infinite, "Tensor<Int32>: found the element inf"))
    let large = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Int32>(Tensor<Int64>([1 << 40])) }
    #expect(said(large, "Tensor<Int32>: found the element 1099511627776"))
  }

  @Test("Literals nest")
  func literals() {
    let x: Tensor<Float> = [[1, 2.5], [3, 4]]
    #expect(x.shape == [2, 2] && x.values == [1, 2.5, 3, 4])
    let y: Tensor<Bool> = [[[true], [false]]]
    #expect(y.shape == [1, 2, 1] && y.values == [true, false])
    let none: Tensor<Int32> = []
    #expect(none.shape == [0])
    let rows = [1.5, 2]
    #expect(Tensor<Double>([rows, rows]) == [[1.5, 2], [1.5, 2]])
    #expect(Tensor<Float>.zeros([2]) == [0, 0] && Tensor<Bool>.ones([1]) == [true])
  }

  @Test("Equality compares shapes and elements")
  func equality() {
    let x: Tensor<Float> = [[1, 2], [3, 4]]
    #expect(x == x && x != x.reshaped([4]) && x != x + 1)
    #expect(x[1...] == [[3, 4]] && x[0...0] != [[3, 4]])
    #expect(Tensor<Float>([.nan]) != Tensor<Float>([.nan]))
    #expect(Tensor<Float>([-0.0]) == Tensor<Float>([0]))
    #expect(Tensor<Int64>([]) == Tensor<Int64>.zeros([0]))
  }

  @Test("Comparisons broadcast and know NaN")
  func comparisons() {
    let x: Tensor<Double> = [[1, 2], [3, 4]]
    let y: Tensor<Double> = [2, 3]
    #expect((x .< y) == [[true, true], [false, false]])
    #expect((x .<= y) == [[true, true], [false, false]])
    #expect((x .> y) == [[false, false], [true, true]])
    #expect((x .>= 3) == [[false, false], [true, true]])
    #expect((2 .< x) == [[false, false], [true, true]] && (2 .<= x) == (x .>= 2))
    #expect((2 .> x) == (x .< 2) && (2 .>= x) == (x .<= 2))
    #expect((x .== y) == [[false, false], [false, false]] && (x .!= 4) == .!(x .== 4))
    let nan = Tensor<Double>([.nan, 1, .infinity])
    #expect((nan .== nan) == [false, true, true] && (nan .!= nan) == [true, false, false])
    #expect((nan .<= nan) == [false, true, true] && (nan .< .infinity) == [false, true, false])
    #expect((Tensor<Double>.zeros([0, 2]) .< y).shape == [0, 2])
    #expect((Tensor<Int32>([[1], [2]]) .< Tensor<Int32>([1, 2, 3])).shape == [2, 3])
    #expect(!(x.trackingGradients() .< y).isTracked)
  }

  @Test("Logic, any, all and counts")
  func logic() {
    let a: Tensor<Bool> = [[true, false], [true, true]]
    let b: Tensor<Bool> = [true, false]
    #expect((a .& b) == [[true, false], [true, false]])
    #expect((a .| b) == [[true, false], [true, true]])
    #expect((a .^ b) == [[false, false], [false, true]] && .!b == [false, true])
    #expect(a.any() && !a.all() && !Tensor<Bool>.zeros([0]).any() && Tensor<Bool>.zeros([0]).all())
    #expect(a.any(axis: 0) == [true, true] && a.all(axis: -1) == [false, true])
    #expect(a.all(axis: 0, keepingAxis: true) == [[true, false]])
    #expect(Tensor<Bool>.zeros([0, 2]).all(axis: 0) == [true, true])
    #expect(a.sum().scalar == 3 && a.sum(axis: 0) == [2, 1])
    #expect(Tensor<Float>([1, .nan, -2]).count { $0 < 0 } == 1)
  }

  @Test("Integers wrap around, and divide toward zero")
  func integers() {
    let (most, least) = (Int32.max, Int32.min)
    let x = Tensor<Int32>([[7, -7], [most, least]])
    #expect((x + 1).values == [8, -6, least, least + 1])
    #expect((1 - x).values == [-6, 8, least + 2, least + 1])
    #expect((x * 2).values == [14, -14, -2, 0])
    #expect((-x).values == [-7, 7, least + 1, least])
    #expect((x / 2).values == [3, -3, most / 2, least / 2])
    #expect((x % 2).values == [1, -1, 1, 0])
    #expect((x / -1).values == [-7, 7, least + 1, least] && (x % -1).values == [0, 0, 0, 0])
    #expect((x - Tensor<Int32>([7, 0])).values == [0, -7, most - 7, least])
    #expect(x.sum().scalar == -1)
    #expect(x.sum(axis: 0).values == [Int64(most) + 7, Int64(least) - 7])
    #expect(x.min(axis: 1).values == [-7, least])
    #expect(x.max(axis: 0, keepingAxis: true) == Tensor<Int32>([[most, -7]]))
    #expect(x.min().scalar == least && x.max().scalar == most)
    #expect(Tensor<Int64>.zeros([2, 0]).sum(axis: -1) == [0, 0])
    #expect(Tensor<Int64>.zeros([0, 2]).sum(axes: [0, 1], keepingAxes: true) == [[0]])
    var y = Tensor<Int64>.arange(24).reshaped([2, 3, 4])
    #expect(y.sum(axes: [0, 2]) == [60, 92, 124] && y.max(axes: [0, 1]) == [20, 21, 22, 23])
    y += 1
    y *= 2
    y -= Tensor<Int64>(2)
    y /= 2
    #expect(y == Tensor<Int64>.arange(24).reshaped([2, 3, 4]))
    var z: Tensor<Float> = [1, 2]
    z += [1, 1]
    z *= 2
    z -= 1
    z /= [1, 5]
    #expect(z == [3, 1])
  }

  @Test("Integer mistakes trap")
  func integerErrors() async {
    let division = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Int32>([1]) / Tensor<Int32>([0, 1]) }
    #expect(said(division, "/: a divisor of the shape [2] holds 0"))
    let empty = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Int32>.zeros([2, 0]).max(axis: 1) }
    #expect(said(empty, "max: axes [1] of the shape [2, 0] contain no element"))
  }
}
