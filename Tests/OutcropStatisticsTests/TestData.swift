import Foundation
import OutcropCore
import OutcropTestSupport

/// The shared folder's golden statistics, where that folder is there.
enum Golden {
  static let folder = SharedFolder.url.appendingPathComponent("golden")

  static let isThere = FileManager.default.fileExists(
    atPath: folder.appendingPathComponent("ma_stats.json").path)

  static func json() throws -> JSONValue {
    try JSONDecoder().decode(
      JSONValue.self, from: Data(contentsOf: folder.appendingPathComponent("ma_stats.json")))
  }

  static func tensors() throws -> PlainSafetensors {
    try PlainSafetensors(Data(contentsOf: folder.appendingPathComponent("ma_stats.safetensors")))
  }
}

/// The reference values that Scripts/statistics_truth.py computes.
let truth: JSONValue = {
  let url = Bundle.module.url(forResource: "Truth", withExtension: nil)!
    .appendingPathComponent("statistics.json")
  return try! JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: url))
}()

/// Any JSON value. Reading what isn't there traps: the files are this repository's own or frozen.
enum JSONValue: Decodable, Sendable {
  case number(Double)
  case text(String)
  case bool(Bool)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  subscript(key: String) -> JSONValue { find(key)! }

  func find(_ key: String) -> JSONValue? {
    if case .object(let members) = self { return members[key] }
    return nil
  }

  var list: [JSONValue] {
    if case .list(let values) = self { return values }
    fatalError("not a list: \(self)")
  }

  var double: Double {
    if case .number(let value) = self { return value }
    fatalError("not a number: \(self)")
  }

  var int: Int { Int(double) }
  var doubles: [Double] { list.map(\.double) }
  var text: String? {
    if case .text(let value) = self { return value }
    return nil
  }
}

/// Tensors of a safetensors file: eight bytes of header length, a JSON header, raw data.
struct PlainSafetensors {
  private let header: JSONValue
  private let data: Data

  init(_ file: Data) throws {
    let length = Int(file.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    header = try JSONDecoder().decode(JSONValue.self, from: file.dropFirst(8).prefix(length))
    data = Data(file.dropFirst(8 + length))
  }

  func shape(_ name: String) -> [Int] { header[name]["shape"].list.map(\.int) }

  func values<Element>(_ name: String, as type: Element.Type) -> [Element] {
    let offsets = header[name]["data_offsets"].list.map(\.int)
    let bytes = [UInt8](data[offsets[0]..<offsets[1]])
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / MemoryLayout<Element>.stride).map {
        raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: type)
      }
    }
  }
}

/// A small random generator (SplitMix64), so that every run sees the same samples.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func normal() -> Double {
    let u = Double.random(in: 1e-300..<1, using: &self)
    let v = Double.random(in: 0..<1, using: &self)
    return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
  }

  /// A gamma value of shape at least 1 (Marsaglia and Tsang).
  mutating func gamma(_ shape: Double) -> Double {
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
      if v <= 0 { continue }
      let u = Double.random(in: 1e-300..<1, using: &self)
      if log(u) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  /// Activations with a heavy tail, of `count` values.
  mutating func activations(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      let x = normal()
      return Float(x * x * x * exp(normal()))
    }
  }
}
