/// A zip archive of stored members.
func storedZip(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
  func number(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
  for (name, content) in members {
    let facts =
      number(20, 2) + number(0, 8) + number(Int(checksum(content)), 4) + number(content.count, 4)
      + number(content.count, 4) + number(name.utf8.count, 2) + number(0, 2)
    directory +=
      number(0x0201_4b50, 4) + number(20, 2) + facts + number(0, 10) + number(bytes.count, 4)
      + Array(name.utf8)
    bytes += number(0x0403_4b50, 4) + facts + Array(name.utf8) + content
  }
  return bytes + directory + number(0x0605_4b50, 4) + number(0, 4) + number(members.count, 2)
    + number(members.count, 2) + number(directory.count, 4) + number(bytes.count, 4) + number(0, 2)
}

/// CRC-32, bit by bit.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
  var sum = ~UInt32(0)
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1) * 0xEDB8_8320 }
  }
  return ~sum
}
