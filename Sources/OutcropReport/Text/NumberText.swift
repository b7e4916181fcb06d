import Foundation

/// Numbers for tables and sentences: with thousands separators, suitable precision, and words for values
/// that aren't finite. The text is the same in every locale.
package enum NumberText {
  /// `1234567` as `1,234,567`.
  package static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var result = value < 0 ? "−" : ""
    for (offset, digit) in digits.enumerated() {
      if offset > 0, (digits.count - offset) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return result
  }

  /// A ratio with about three significant digits: `2.35`, `62.5`, `628`, `12,346`, `3.1×10⁹`, `∞`.
  package static func ratio(_ value: Double) -> String {
    guard value.isFinite else { return nonFinite(value) }
    switch abs(value) {
    case ..<100 where value == value.rounded(): return grouped(Int(value))
    case ..<9.995: return trimmed(value, digits: 2, keepZeros: true)
    case ..<99.95: return trimmed(value, digits: 1, keepZeros: true)
    case ..<1e7: return grouped(Int(value.rounded()))
    default: return scientific(value)
    }
  }

  /// A share in percent; only exactly 0 or 1 is written as 0% or 100%: `<0.1%`, `99.9%`, `100%`.
  package static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "–" }
    if share > 0, share < 0.0005 { return "<0.1%" }
    if share < 1, share >= 0.9995 { return ">99.9%" }
    return trimmed(share * 100, digits: share == 0 || share == 1 ? 0 : 1, keepZeros: true) + "%"
  }

  /// A share in integer percent without the percent sign: `<1`, `62`, `>99`.
  package static func wholePercent(_ share: Double) -> String {
    guard share.isFinite else { return "–" }
    if share > 0, share < 0.005 { return "<1" }
    if share < 1, share >= 0.995 { return ">99" }
    return trimmed((share * 100).rounded(), digits: 0)
  }

  /// At most four characters: `12`, `1.2k`, `38k`, `4.1M`.
  package static func compact(_ value: Int) -> String {
    var scaled = Double(value)
    for suffix in ["", "k", "M", "G", "T", "P"] {
      if scaled.rounded() < 1000 || suffix == "P" {
        let digits = suffix.isEmpty || (scaled * 10).rounded() >= 100 ? 0 : 1
        return trimmed(scaled, digits: digits) + suffix
      }
      scaled /= 1000
    }
    return grouped(value)
  }

  /// The text of `compact` in at most three characters: `1.5k` as `2k`, `164k` as `.2M`.
  package static func shortened(_ text: String) -> String {
    let units = ["k", "M", "G", "T", "P"]
    guard text.count > 3, let unit = units.firstIndex(of: String(text.suffix(1))),
      let value = Double(text.dropLast())
    else { return text }
    if value < 99.5 { return "\(Int(value.rounded()))\(units[unit])" }
    guard unit + 1 < units.count else { return text }
    let tenths = Int((value / 100).rounded())
    return (tenths == 10 ? "1" : ".\(tenths)") + units[unit + 1]
  }

  /// A score or loss with `digits` significant digits.
  package static func significant(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return nonFinite(value) }
    guard value != 0 else { return "0" }
    let exponent = Int(floor(log10(abs(value))))
    if exponent < -4 || exponent >= 7 { return scientific(value, digits: digits - 1) }
    return trimmed(value, digits: max(0, digits - 1 - exponent))
  }

  /// The number of decimals that shows two digits of a deviation, but at most four digits of the value.
  static func decimals(for deviation: Double, of value: Double) -> Int {
    func exponent(_ value: Double) -> Int? {
      value != 0 && value.isFinite ? Int(floor(log10(abs(value)) + 1e-9)) : nil
    }
    let fine = 1 - (exponent(deviation) ?? -3)
    let most = 3 - (exponent(value) ?? -1)
    return max(0, min(fine, max(most, 0)))
  }

  /// A number with its sign: `+0.012`, `−3`.
  package static func signed(_ value: Double, _ format: (Double) -> String) -> String {
    (value > 0 ? "+" : "") + format(value)
  }

  /// A count or a mean of counts, which need not be an integer: `3`, `3.3`, `12,346`.
  package static func amount(_ value: Double) -> String {
    value == value.rounded() || abs(value) >= 100 ? ratio(value.rounded()) : ratio(value)
  }

  /// A number with a fixed count of decimals and thousands separators.
  package static func fixed(_ value: Double, digits: Int) -> String {
    trimmed(value, digits: digits, keepZeros: true)
  }

  /// A span of time: `850 ms`, `18.4 s`, `6 min 12 s`, `3 h 5 min`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return nonFinite(seconds) }
    if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
    if seconds < 60 { return trimmed(seconds, digits: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(grouped(whole / 3600)) h \(whole % 3600 / 60) min"
  }

  /// A power of ten, e.g. a tick of a logarithmic axis: `0.1`, `1`, `100`, `1,000`, `10⁴`.
  package static func powerOfTen(_ exponent: Int) -> String {
    switch exponent {
    case -3 ... -1: fixed(pow(10, Double(exponent)), digits: -exponent)
    case 0...3: grouped(Int(pow(10, Double(exponent))))
    default: "10" + superscript(exponent)
    }
  }

  private static func scientific(_ value: Double, digits: Int = 1) -> String {
    let parts = String(format: "%.\(max(0, digits))e", value).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
    let mantissa = parts[0].replacing("-", with: "−")
    return "\(mantissa)×10\(superscript(exponent))"
  }

  private static func superscript(_ value: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (value < 0 ? "⁻" : "")
      + String(String(value.magnitude).compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }

  private static func trimmed(_ value: Double, digits: Int, keepZeros: Bool = false) -> String {
    guard value.isFinite else { return nonFinite(value) }
    guard abs(value) < 1e15 else { return scientific(value) }
    let text = String(format: "%.\(digits)f", abs(value))
    let parts = text.split(separator: ".")
    var fraction = parts.count > 1 ? String(parts[1]) : ""
    if !keepZeros { while fraction.hasSuffix("0") { fraction.removeLast() } }
    let isZero = !text.contains { $0 != "0" && $0 != "." }
    return (value < 0 && !isZero ? "−" : "") + grouped(Int(parts[0]) ?? 0)
      + (fraction.isEmpty ? "" : "." + fraction)
  }

  private static func nonFinite(_ value: Double) -> String {
    value.isNaN ? "undefined" : value < 0 ? "−∞" : "∞"
  }
}
