import Foundation

/// As much of a safetensors file as the tests need: tensors of int64 and float32.
public struct TensorFile {
  private let header: [String: Any]
  private let data: Data

  public init(_ path: String) throws {
    let file = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    header = try JSONSerialization.jsonObject(with: file[8..<8 + length]) as! [String: Any]
    data = file.dropFirst(8 + length)
  }

  public func integers(_ name: String) -> [Int32] {
    bytes(name, "I64").withUnsafeBytes { raw in
      (0..<raw.count / 8).map {
        Int32(raw.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
      }
    }
  }

  public func reals(_ name: String) -> [Float] {
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
