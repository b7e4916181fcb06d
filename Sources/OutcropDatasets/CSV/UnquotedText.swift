/// Memory for the text of one field.
final class UnquotedText {
  private var memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256)

  deinit { memory.deallocate() }

  /// `text` with each pair of quotes as one; valid until the next call. A quote follows it.
  func callAsFunction(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    if memory.count <= text.count {
      memory.deallocate()
      memory = .allocate(capacity: 2 * text.count)
    }
    var count = 0
    var isSecond = false
    for byte in text {
      isSecond = byte == quote && !isSecond
      if isSecond { continue }
      memory[count] = byte
      count += 1
    }
    memory[count] = quote
    return UnsafeBufferPointer(start: memory.baseAddress, count: count)
  }
}

private let quote = UInt8(ascii: "\"")
