import Foundation
import OutcropCore

/// Ranks that are threads of this process.
public final class ThreadRanks: Communicator {
  public let rank: Int
  private let board: Board
  /// Started messages: those to send are sent, one at a time, by `advanceMessages`, and all by `finishMessages`, so
  /// that bytes that change too early arrive changed.
  private let started = Locked(Started())
  private struct Started {
    var sending: [(bytes: UnsafeRawBufferPointer, way: Board.Way)] = []
    var receiving: [(bytes: UnsafeMutableRawBufferPointer, way: Board.Way)] = []
    var earlyCount = 0
  }
  /// The number of messages that were sent before this rank waited for them.
  public var earlyMessageCount: Int { started.withLock { $0.earlyCount } }
  public var size: Int { board.size }

  private init(_ rank: Int, _ board: Board) { (self.rank, self.board) = (rank, board) }

  /// Calls `body` on each of `size` ranks at once and returns the results by rank. When a rank throws, the others
  /// fail in their next operation; the error of the first one is thrown.
  public static func run<Result: Sendable>(
    _ size: Int, _ body: @Sendable @escaping (ThreadRanks) throws -> Result
  ) throws -> [Result] {
    try outcomes(size, body).map { try $0.get() }
  }

  /// As `run`, with the error of each rank.
  public static func outcomes<Result: Sendable>(
    _ size: Int, _ body: @Sendable @escaping (ThreadRanks) throws -> Result
  ) -> [Swift.Result<Result, any Error>] {
    let board = Board(size)
    let results = Locked([Int: Swift.Result<Result, any Error>]())
    let done = DispatchSemaphore(value: 0)
    for rank in 0..<size {
      let thread = Thread {
        let result = Swift.Result { try body(ThreadRanks(rank, board)) }
        if case .failure = result { board.fail(rank) }
        results.withLock { $0[rank] = result }
        done.signal()
      }
      thread.stackSize = 16 << 20
      thread.start()
    }
    for _ in 0..<size { done.wait() }
    return results.withLock { results in (0..<size).map { results[$0]! } }
  }

  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
    let all = try gather(UnsafeRawBufferPointer(bytes))
    bytes.copyBytes(from: all[root])
  }

  public func gather(_ bytes: UnsafeRawBufferPointer) throws -> [[UInt8]] {
    try board.swap(rank, Array(repeating: Array(bytes), count: size))
  }

  public func exchange(
    _ parts: [UnsafeRawBufferPointer], into received: [UnsafeMutableRawBufferPointer]
  ) throws {
    for (part, target) in zip(try board.swap(rank, parts.map { Array($0) }), received) {
      precondition(part.count == target.count, "\(part.count) bytes sent, \(target.count) expected")
      target.copyBytes(from: part)
    }
  }

  public func startSending(_ bytes: UnsafeRawBufferPointer, to rank: Int, number: Int) {
    precondition(rank != self.rank && (0..<1 << 15).contains(number))
    let way = Board.Way(from: self.rank, to: rank, number: number)
    nonisolated(unsafe) let bytes = bytes
    started.withLock { $0.sending.append((bytes, way)) }
  }

  public func startReceiving(
    into bytes: UnsafeMutableRawBufferPointer, from rank: Int, number: Int
  ) {
    precondition(rank != self.rank && (0..<1 << 15).contains(number))
    let way = Board.Way(from: rank, to: self.rank, number: number)
    nonisolated(unsafe) let bytes = bytes
    started.withLock { $0.receiving.append((bytes, way)) }
  }

  public func advanceMessages() {
    if sendNext() { started.withLock { $0.earlyCount += 1 } }
  }

  private func sendNext() -> Bool {
    started.withLock { started in
      if started.sending.isEmpty { return false }
      let (bytes, way) = started.sending.removeFirst()
      board.send(Array(bytes), way)
      return true
    }
  }

  public func finishMessages() throws {
    while sendNext() {}
    defer { cancelMessages() }
    try started.withLock { started in
      for (bytes, way) in started.receiving {
        let message = try board.receive(way)
        precondition(message.count == bytes.count, "\(message.count) bytes for \(bytes.count)")
        bytes.copyBytes(from: message)
      }
    }
  }

  public func cancelMessages() {
    started.withLock { ($0.sending, $0.receiving) = ([], []) }
  }

  public func barrier() throws { _ = try board.swap(rank, Array(repeating: [], count: size)) }

  public func abort(status: Int32) -> Never { fatalError("abort(\(status)) on rank \(rank)") }
}

/// Where the ranks put what they send.
private final class Board: @unchecked Sendable {
  let size: Int
  private let condition = NSCondition()
  private var posted: [Int: [[UInt8]]] = [:]
  private var taken = 0
  private var failed: Int?
  private var messages: [Way: [[UInt8]]] = [:]

  /// What tells messages apart.
  struct Way: Hashable { let from, to, number: Int }

  init(_ size: Int) { self.size = size }

  func fail(_ rank: Int) {
    condition.lock()
    failed = failed ?? rank
    condition.broadcast()
    condition.unlock()
  }

  func send(_ message: [UInt8], _ way: Way) {
    condition.lock()
    messages[way, default: []].append(message)
    condition.broadcast()
    condition.unlock()
  }

  /// Waits for the next message.
  func receive(_ way: Way) throws -> [UInt8] {
    condition.lock()
    defer { condition.unlock() }
    try wait(way.to) { messages[way]?.isEmpty == false }
    return messages[way]!.removeFirst()
  }

  private func wait(_ rank: Int, until isReady: () -> Bool) throws {
    while !isReady() {
      if let failed {
        throw CommunicationError(rank: rank, operation: "swap", reason: "rank \(failed) failed")
      }
      condition.wait()
    }
  }

  /// What the ranks sent to `rank`, by rank.
  func swap(_ rank: Int, _ parts: [[UInt8]]) throws -> [[UInt8]] {
    condition.lock()
    defer { condition.unlock() }
    // The former operation is over when all have taken what it brought.
    try wait(rank) { posted[rank] == nil }
    posted[rank] = parts
    condition.broadcast()
    try wait(rank) { posted.count == size }
    let result = (0..<size).map { posted[$0]![rank] }
    taken += 1
    if taken == size {
      (posted, taken) = ([:], 0)
      condition.broadcast()
    } else {
      try wait(rank) { taken == 0 }
    }
    return result
  }
}
