import Foundation
import OutcropCore

/// Calls `body` with a text file's bytes in order, in pieces of whole lines; the last piece may end
/// without a line break. A second thread reads and decompresses in advance.
///
/// Memory use is a few pieces. Throws `InputError` if the file cannot be read or decompressed, is empty,
/// or has a line longer than a piece. An error of `body` ends the reading.
func forEachPiece(of path: String, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
  let pieces = try TextPieces(path: path)
  defer { pieces.stop() }
  while let piece = try pieces.next() {
    try body(UnsafeBufferPointer(start: piece.bytes.baseAddress!, count: piece.count))
    pieces.recycle(piece)
  }
}

/// Pieces of a text that a separate thread reads and passes on through a short queue.
private final class TextPieces: @unchecked Sendable {
  struct Piece {
    var bytes: UnsafeMutableBufferPointer<UInt8>
    var count: Int
  }

  private static let pieceSize = 1 << 20
  private static let queueLength = 4

  private let stream: ByteStream
  // Everything below is used under the condition's lock.
  private let condition = NSCondition()
  private var ready: [Piece] = []
  private var free: [UnsafeMutableBufferPointer<UInt8>] = []
  private var failure: (any Error)?
  private var isFinished = false
  private var isStopped = false

  init(path: String) throws {
    stream = try ByteStream(path: path)
    guard BackgroundThread.start(name: "outcrop-reader", { self.read() }) else {
      throw InputError.system(path, "start a thread that reads it")
    }
  }

  deinit {
    for piece in ready { piece.bytes.deallocate() }
    for bytes in free { bytes.deallocate() }
  }

  func next() throws -> Piece? {
    condition.lock()
    defer { condition.unlock() }
    while ready.isEmpty, !isFinished { condition.wait() }
    if ready.isEmpty {
      if let failure { throw failure }
      return nil
    }
    condition.broadcast()
    return ready.removeFirst()
  }

  func recycle(_ piece: Piece) {
    condition.lock()
    free.append(piece.bytes)
    condition.unlock()
  }

  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    condition.unlock()
  }

  private func read() {
    var error: (any Error)?
    do { try readAll() } catch let caught { error = caught }
    condition.lock()
    failure = error
    isFinished = true
    condition.broadcast()
    condition.unlock()
  }

  private func readAll() throws {
    var line = 1
    var current = buffer()
    var filled = 0
    // Empty after it was passed on.
    defer { current.deallocate() }
    while true {
      var isAtEnd = false
      do {
        while filled < Self.pieceSize, !isAtEnd {
          let rest = UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(current)[filled...])
          let count = try stream.read(into: rest, line: line)
          isAtEnd = count == 0
          filled += count
        }
      } catch let error as InputError {
        let reached = line + lineBreaks(current, filled)
        throw InputError(
          file: error.file, line: error.line.map { _ in reached }, found: error.found,
          expected: error.expected)
      }
      if isAtEnd {
        if filled == 0, line == 1 {
          throw InputError(file: stream.path, line: 1, found: "an empty file", expected: "data")
        }
        if filled > 0, hand(Piece(bytes: current, count: filled)) {
          current = UnsafeMutableBufferPointer(start: nil, count: 0)
        }
        return
      }
      var end = filled
      while end > 0, current[end - 1] != 0x0A { end -= 1 }
      if end == 0 {
        throw InputError(
          file: stream.path, line: line, found: "a line of more than \(filled) bytes",
          expected: "shorter lines")
      }
      let next = buffer()
      filled -= end
      next.baseAddress!.update(from: current.baseAddress! + end, count: filled)
      line += lineBreaks(current, end)
      let piece = Piece(bytes: current, count: end)
      current = next
      if !hand(piece) {
        piece.bytes.deallocate()
        return
      }
    }
  }

  private func lineBreaks(_ bytes: UnsafeMutableBufferPointer<UInt8>, _ count: Int) -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    var breaks = 0
    for index in 0..<count { breaks &+= start[index] == 0x0A ? 1 : 0 }
    return breaks
  }

  /// Adds a piece to the queue when there is room; returns false if the consumer has stopped.
  private func hand(_ piece: Piece) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while ready.count >= Self.queueLength, !isStopped { condition.wait() }
    if isStopped { return false }
    ready.append(piece)
    condition.broadcast()
    return true
  }

  private func buffer() -> UnsafeMutableBufferPointer<UInt8> {
    condition.lock()
    defer { condition.unlock() }
    return free.popLast() ?? .allocate(capacity: Self.pieceSize)
  }
}
