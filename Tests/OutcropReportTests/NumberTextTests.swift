import Foundation
import OutcropReport
import Testing

@Suite struct NumberTextTests {
  @Test func groups() {
    #expect(NumberText.grouped(0) == "0")
    #expect(NumberText.grouped(999) == "999")
    #expect(NumberText.grouped(1000) == "1,000")
    #expect(NumberText.grouped(-1_234_567) == "−1,234,567")
    #expect(NumberText.grouped(.min) == "−9,223,372,036,854,775,808")
  }

  @Test func ratios() {
    #expect(NumberText.ratio(2.345) == "2.35" || NumberText.ratio(2.345) == "2.34")
    #expect(NumberText.ratio(62.546) == "62.5")
    #expect(NumberText.ratio(74.01) == "74.0")
    #expect(NumberText.ratio(99.97) == "100")
    #expect(NumberText.ratio(9.999) == "10.0")
    #expect(NumberText.ratio(100) == "100")
    #expect(NumberText.ratio(50) == "50")
    #expect(NumberText.ratio(1928.37) == "1,928")
    #expect(NumberText.ratio(1000) == "1,000")
    #expect(NumberText.ratio(3.14e9) == "3.1×10⁹")
    #expect(NumberText.ratio(1.7e308) == "1.7×10³⁰⁸")
    #expect(NumberText.ratio(.infinity) == "∞")
    #expect(NumberText.ratio(.nan) == "undefined")
    #expect(NumberText.ratio(0) == "0")
  }

  @Test func sharesAreNeverRoundedToNoneOrAll() {
    #expect(NumberText.percent(0) == "0%")
    #expect(NumberText.percent(1) == "100%")
    #expect(NumberText.percent(1e-9) == "<0.1%")
    #expect(NumberText.percent(1 - 1e-9) == ">99.9%")
    #expect(NumberText.percent(0.62) == "62.0%")
    #expect(NumberText.percent(.nan) == "–")
    #expect(NumberText.wholePercent(0.003) == "<1")
    #expect(NumberText.wholePercent(0.999) == ">99")
    #expect(NumberText.wholePercent(0) == "0")
    #expect(NumberText.wholePercent(1) == "100")
    for step in 1..<1000 {
      let share = Double(step) / 1000
      #expect(!["0%", "0.0%", "100%", "100.0%"].contains(NumberText.percent(share)))
      #expect(!["0", "100"].contains(NumberText.wholePercent(share)))
    }
  }

  @Test(arguments: [
    ("7", "7"), ("999", "999"), ("5.2", "5.2"), ("1.5k", "2k"), ("9.9k", "10k"), ("38k", "38k"),
    ("164k", ".2M"), ("949k", ".9M"), ("960k", "1M"), ("5.4M", "5M"), ("∞", "∞"), ("999P", "999P"),
  ])
  func shortenedCountsHaveThreeCharactersAtMost(_ text: String, _ short: String) {
    #expect(NumberText.shortened(text) == short)
  }

  @Test func compactCountsHaveFourCharactersAtMost() {
    #expect(NumberText.compact(0) == "0")
    #expect(NumberText.compact(999) == "999")
    #expect(NumberText.compact(1000) == "1k")
    #expect(NumberText.compact(1234) == "1.2k")
    #expect(NumberText.compact(9_960) == "10k")
    #expect(NumberText.compact(38_468) == "38k")
    #expect(NumberText.compact(999_600) == "1M")
    var value = 1.0
    while value < 9e14 {
      #expect(NumberText.compact(Int(value)).count <= 4, "\(Int(value))")
      value *= 1.037
    }
  }

  @Test func scoresAndTimes() {
    #expect(NumberText.significant(0.37113) == "0.3711")
    #expect(NumberText.significant(1.6159) == "1.616")
    #expect(NumberText.significant(0) == "0")
    #expect(NumberText.significant(-12.3456) == "−12.35")
    #expect(NumberText.significant(1.5e-7) == "1.500×10⁻⁷")
    #expect(NumberText.significant(.infinity) == "∞")
    #expect(NumberText.fixed(-0.04, digits: 1) == "0.0")
    #expect(NumberText.duration(0.85) == "850 ms")
    #expect(NumberText.duration(18.44) == "18.4 s")
    #expect(NumberText.duration(372) == "6 min 12 s")
    #expect(NumberText.duration(11_100) == "3 h 5 min")
    #expect(NumberText.powerOfTen(-2) == "0.01")
    #expect(NumberText.powerOfTen(3) == "1,000")
    #expect(NumberText.powerOfTen(-12) == "10⁻¹²")
  }
}
