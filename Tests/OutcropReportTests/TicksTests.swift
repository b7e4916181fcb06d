import Foundation
import OutcropReport
import Testing

@Suite struct TicksTests {
  @Test func linearTicksAreRoundInsideAndFew() {
    var random = SplitMix(state: 3)
    for _ in 0..<2000 {
      let lower = (random.unit() - 0.5) * pow(10, Double(Int(random.unit() * 12)) - 4)
      let upper = lower + random.unit() * pow(10, Double(Int(random.unit() * 12)) - 4)
      let count = 2 + Int(random.unit() * 8)
      let ticks = Ticks.linear(from: lower, to: upper, count: count)
      #expect(!ticks.isEmpty && ticks.count <= 2 * count + 1)
      let step = Ticks.step(from: lower, to: upper, count: count)
      guard step > 0 else { continue }
      let slack = step * 1e-6
      for tick in ticks where ticks.count > 1 {
        #expect(tick >= lower - slack && tick <= upper + slack)
      }
      let mantissa = step / pow(10, floor(log10(step) + 1e-9))
      #expect([1, 2, 5].contains { abs(mantissa - $0) < 1e-9 })
      // Labels tell neighbors apart.
      let labels = ticks.map { NumberText.fixed($0, digits: Ticks.digits(step: step)) }
      #expect(Set(labels).count == labels.count)
    }
  }

  @Test func oddIntervals() {
    #expect(Ticks.linear(from: 3, to: 3) == [3])
    #expect(Ticks.linear(from: 0, to: 0) == [0])
    #expect(Ticks.linear(from: 2, to: 1).isEmpty)
    #expect(Ticks.linear(from: .nan, to: 1).isEmpty)
    #expect(Ticks.linear(from: 0, to: .infinity).isEmpty)
    #expect(Ticks.linear(from: 1e300, to: 1e300 * (1 + 1e-15)).count == 1)
    #expect(Ticks.linear(from: 0, to: 10) == [0, 2, 4, 6, 8, 10])
    #expect(Ticks.linear(from: -1, to: 1, count: 4) == [-1, -0.5, 0, 0.5, 1])
  }

  @Test func decadesAreFewEvenAndInside() {
    #expect(Ticks.decades(from: 0, to: 6) == [0, 1, 2, 3, 4, 5, 6])
    #expect(Ticks.decades(from: 2, to: 1).isEmpty)
    for lower in -20...10 {
      for upper in lower...20 {
        for count in 1...9 {
          let decades = Ticks.decades(from: lower, to: upper, count: count)
          #expect(decades.count <= count)
          #expect(decades.allSatisfy { $0 >= lower && $0 <= upper })
          #expect(Set(zip(decades, decades.dropFirst()).map { $1 - $0 }).count <= 1)
        }
      }
    }
  }

  @Test func labelsKeepTheirDistanceAndOrder() {
    var random = SplitMix(state: 11)
    for _ in 0..<500 {
      let count = 1 + Int(random.unit() * 14)
      let heights = (0..<count).map { _ in random.unit() * 200 }
      let placed = spreadLabels(heights, gap: 14, from: 0, to: 200)
      let order = heights.indices.sorted { heights[$0] < heights[$1] }
      for (one, next) in zip(order, order.dropFirst()) {
        #expect(placed[next] - placed[one] >= 14 - 1e-9)
      }
      #expect(placed.allSatisfy { $0 >= -1e-9 && $0 <= 200 + 1e-9 })
    }
    #expect(spreadLabels([], gap: 14, from: 0, to: 1).isEmpty)
    #expect(spreadLabels([50, 150], gap: 14, from: 0, to: 200) == [50, 150])
  }
}
