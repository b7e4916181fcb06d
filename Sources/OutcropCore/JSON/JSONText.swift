import Foundation

/// The text of valid JSON, for errors: where a number is, what a field holds, and whether an object has a key twice.
/// Foundation's decoder says none of these, and keeps one of two values of the same key.
struct JSONText {
  private let bytes: [UInt8]

  init(_ data: Data) { bytes = Array(data) }

  /// The path of the first key that its object has twice, such as `net_params.L`; nil if there is none.
  var repeatedKey: String? {
    var result: String?
    visit { path, event in
      if case .repeatedKey = event {
        result = path()
        return false
      }
      return true
    }
    return result
  }

  /// The number of numbers.
  var numberCount: Int { numbers.count }

  /// The path and the text of a number.
  func number(_ index: Int) -> (field: String, number: String) {
    let range = numbers[index]
    var result = ""
    visit { path, event in
      if case .scalar(range) = event {
        result = path()
        return false
      }
      return true
    }
    return (result, String(decoding: bytes[range], as: UTF8.self))
  }

  /// The text with the first `count` numbers replaced by 0.
  func replacingNumbers(_ count: Int) -> Data {
    var result = Data()
    var place = 0
    for range in numbers.prefix(count) {
      result.append(contentsOf: bytes[place..<range.lowerBound])
      result.append(UInt8(ascii: "0"))
      place = range.upperBound
    }
    result.append(contentsOf: bytes[place...])
    return result
  }

  private var numbers: [Range<Int>] {
    var result: [Range<Int>] = []
    visit { _, event in
      if case .scalar(let range) = event, "-0123456789".utf8.contains(bytes[range.lowerBound]) {
        result.append(range)
      }
      return true
    }
    return result
  }

  /// The text of the number, string or word at `path`; nil if nothing of these kinds is there.
  func scalar(at path: String) -> String? {
    var result: String?
    visit { here, event in
      if case .scalar(let range) = event, here() == path {
        result = String(decoding: bytes[range], as: UTF8.self)
        return false
      }
      return true
    }
    return result
  }

  private enum Event {
    case repeatedKey
    case scalar(Range<Int>)
  }

  /// An open object or list.
  private struct Level {
    var keys: Set<String>?
    var key = ""
    var index = 0
    var expectsKey: Bool
  }

  /// Calls `body` with each event and its path, which is computed when it is asked for, in order, until it returns
  /// false.
  private func visit(_ body: (_ path: () -> String, Event) -> Bool) {
    var levels: [Level] = []
    func path() -> String {
      levels.reduce(into: "") { path, level in
        if level.keys == nil {
          path += "[\(level.index)]"
        } else {
          path += path.isEmpty ? level.key : ".\(level.key)"
        }
      }
    }
    var place = 0
    while place < bytes.count {
      let start = place
      switch bytes[place] {
      case UInt8(ascii: "{"): levels.append(Level(keys: [], expectsKey: true))
      case UInt8(ascii: "["): levels.append(Level(keys: nil, expectsKey: false))
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = levels.popLast()
      case UInt8(ascii: ","):
        guard let last = levels.indices.last else { return }
        levels[last].index += 1
        levels[last].expectsKey = levels[last].keys != nil
      case UInt8(ascii: "\""):
        place += 1
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
          place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < bytes.count else { return }
        if let last = levels.indices.last, levels[last].expectsKey {
          let key = text(of: start...place)
          levels[last].key = key
          levels[last].expectsKey = false
          if levels[last].keys?.insert(key).inserted == false, !body(path, .repeatedKey) {
            return
          }
        } else if !body(path, .scalar(start..<place + 1)) {
          return
        }
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        while place + 1 < bytes.count, Self.continues(bytes[place + 1]) { place += 1 }
        if !body(path, .scalar(start..<place + 1)) { return }
      default: break
      }
      place += 1
    }
  }

  /// The text of a string with its quotation marks. Different texts of a file can be the same key: `a` and `\u0061`.
  private func text(of range: ClosedRange<Int>) -> String {
    let inside = bytes[(range.lowerBound + 1)..<range.upperBound]
    if inside.contains(UInt8(ascii: "\\")),
      let text = try? JSONDecoder().decode(String.self, from: Data(bytes[range]))
    {
      return text
    }
    return String(decoding: inside, as: UTF8.self)
  }

  private static func continues(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
