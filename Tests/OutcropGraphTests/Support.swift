import CZlib
import Foundation
import OutcropGraph
import Testing

/// The folder with published data and golden files, which isn't part of the repository.
enum Shared {
  static let path: String = {
    if let path = ProcessInfo.processInfo.environment["OUTCROP_SHARED"] { return path }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return root.appendingPathComponent("../shared").standardizedFileURL.path
  }()

  static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(name)")
  }
}

/// A folder that is gone after the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("outcrop-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    try write(name, Array(text.utf8))
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }
}

/// The bytes as a gzip file.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  let status = deflateInit2_(
    &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size))
  precondition(status == Z_OK)
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
  let count = input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
      return output.count - Int(stream.avail_out)
    }
  }
  deflateEnd(&stream)
  return Array(output.prefix(count))
}

/// A test's own random numbers (a Lehmer generator), so that failures repeat.
struct TestRandom: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed &* 2 &+ 1 }
  mutating func next() -> UInt64 {
    state = state &* 0xda94_2042_e4dd_58b5
    return (state >> 32) | (state << 32)
  }
}

/// A graph of random size with every kind of feature; possibly without edges, with loops and with
/// repeated edges.
func randomGraph(_ random: inout TestRandom, targets: Int = 2) -> Graph {
  let nodes = Int.random(in: 1...12, using: &random)
  let edges = Bool.random(using: &random) ? Int.random(in: 0...40, using: &random) : 0
  func integers(_ count: Int) -> [Int32] {
    (0..<count).map { _ in Int32.random(in: 0..<9, using: &random) }
  }
  func reals(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float.random(in: -2..<2, using: &random) }
  }
  func ends() -> [Int32] {
    (0..<edges).map { _ in Int32.random(in: 0..<Int32(nodes), using: &random) }
  }
  return Graph(
    nodeCount: nodes, sources: ends(), destinations: ends(),
    nodeTypes: IntegerFeatures(values: integers(nodes * 2), columns: 2),
    nodeAttributes: RealFeatures(values: reals(nodes * 3), columns: 3),
    edgeTypes: IntegerFeatures(values: integers(edges)),
    edgeAttributes: RealFeatures(values: reals(edges * 2), columns: 2), targets: reals(targets),
    laplacianEncoding: RealFeatures(values: reals(nodes * 4), columns: 4),
    weisfeilerLehmanRoles: integers(nodes))
}

/// As much of a safetensors file as the tests need: tensors of int64 and float32.
struct TensorFile {
  private let header: [String: Any]
  private let data: Data

  init(_ path: String) throws {
    let file = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    header = try JSONSerialization.jsonObject(with: file[8..<8 + length]) as! [String: Any]
    data = file.dropFirst(8 + length)
  }

  func integers(_ name: String) -> [Int32] {
    bytes(name, "I64").withUnsafeBytes { raw in
      (0..<raw.count / 8).map {
        Int32(raw.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
      }
    }
  }

  func reals(_ name: String) -> [Float] {
    bytes(name, "F32").withUnsafeBytes { raw in
      (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    }
  }

  private func bytes(_ name: String, _ type: String) -> Data {
    let entry = header[name] as! [String: Any]
    precondition(entry["dtype"] as! String == type)
    let range = (entry["data_offsets"] as! [Any]).map { ($0 as! NSNumber).intValue }
    return data.subdata(in: data.startIndex + range[0]..<data.startIndex + range[1])
  }
}
