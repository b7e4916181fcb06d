import Foundation
import OutcropCore
import OutcropFiles
import OutcropTestSupport
import Testing

/// Values computed by the reference implementations; see Truth/make_truth.py.
enum Truth {
  static func url(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Truth"))
  }

  static func decode<T: Decodable>(_ name: String, as _: T.Type = T.self) throws -> T {
    try JSONDecoder().decode(T.self, from: Data(contentsOf: url(name)))
  }
}

/// The folder of golden files, or nil where it isn't checked out.
let goldenFolder: String? =
  SharedFolder.has("golden") ? SharedFolder.url.appendingPathComponent("golden").path : nil

func bytes(ofFile path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// A safetensors file of the given header text and data.
func safetensors(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
  safetensors(Array(header.utf8), data)
}

func safetensors(_ header: [UInt8], _ data: [UInt8] = []) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
}

/// A version 1.0 npy file of the given header text and data.
func npy(_ header: [UInt8], _ data: [UInt8]) -> [UInt8] {
  [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 0xff), UInt8(header.count >> 8)]
    + header + data
}

/// The error of opening bytes as a safetensors file, or nil if it opens.
func safetensorsError(_ bytes: [UInt8]) -> InputError? {
  do {
    _ = try SafetensorsFile(bytes: bytes, label: "memory")
    return nil
  } catch {
    #expect(error is InputError)
    return error as? InputError
  }
}

/// The error of opening bytes as an npy file, or nil if it opens.
func npyError(_ bytes: [UInt8]) -> InputError? {
  do {
    _ = try NpyFile(bytes: bytes, label: "memory")
    return nil
  } catch {
    #expect(error is InputError)
    return error as? InputError
  }
}

struct Verdict: Decodable {
  let name: String
  let data: Data
  let accepted: Bool
}

struct Verdicts: Decodable {
  let safetensors: [Verdict]
  let npy: [Verdict]
}

/// One to three random edits of `bytes`, by tokens that matter to the grammar.
func mutated(
  _ bytes: [UInt8], tokens: [String], using generator: inout TestRandom
) -> [UInt8] {
  var result = bytes
  for _ in 0..<Int.random(in: 1...3, using: &generator) {
    let at = Int.random(in: 0...result.count, using: &generator)
    let end = min(result.count, at + Int.random(in: 1...4, using: &generator))
    let token = Array(tokens.randomElement(using: &generator)!.utf8)
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: result.insert(.random(in: 0...255, using: &generator), at: at)
    case 1: result.removeSubrange(at..<end)
    case 2: result.insert(contentsOf: token, at: at)
    case 3: result.replaceSubrange(at..<min(result.count, at + token.count), with: token)
    default:
      if at < result.count { result[at] ^= UInt8(1) << Int.random(in: 0..<8, using: &generator) }
    }
  }
  return result
}
