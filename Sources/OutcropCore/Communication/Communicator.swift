import Foundation

/// The processes that work on one task together, called ranks, and the messages between them.
///
/// Every rank calls the same operations in the same order, all from one thread. `SingleProcess` is the
/// implementation for one process; the module `OutcropDistributed` has one for MPI.
///
/// Messages are bytes in the machine's own order: all ranks run on processors of the same kind.
public protocol Communicator: AnyObject, Sendable {
  /// The number of this process, 0 ..< `size`.
  var rank: Int { get }
  /// The number of processes, 1 or more.
  var size: Int { get }

  /// Replaces `bytes` on all ranks by those of the rank `root`. All ranks give the same number of bytes.
  ///
  /// - Parameters:
  ///   - bytes: what is sent and received.
  ///   - root: the rank that sends.
  /// - Throws: `CommunicationError`.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws

  /// The bytes that each rank gives, in the order of the ranks, on every rank. Ranks may give different
  /// numbers of bytes.
  ///
  /// - Throws: `CommunicationError`.
  func gather(_ bytes: UnsafeRawBufferPointer) throws -> [[UInt8]]

  /// Sends `parts[r]` to each rank r and receives the part of rank r in `received[r]`. The sizes agree on
  /// both sides. What a rank sends to itself is copied.
  ///
  /// - Parameters:
  ///   - parts: one for each rank; they may share memory.
  ///   - received: one for each rank; they share no memory with each other or with `parts`.
  /// - Throws: `CommunicationError`.
  func exchange(
    _ parts: [UnsafeRawBufferPointer], into received: [UnsafeMutableRawBufferPointer]) throws

  /// Starts to send bytes to another rank. The message is under way while the caller computes: the bytes must stay
  /// as they are until `finishMessages` or `cancelMessages` has returned.
  ///
  /// - Parameters:
  ///   - bytes: what is sent. The receiver expects as many.
  ///   - rank: another rank than this one.
  ///   - number: 0 ..< 32,768; tells the messages between two ranks apart. Those with the same number arrive in the
  ///     order in which they are sent.
  /// - Throws: `CommunicationError`.
  func startSending(_ bytes: UnsafeRawBufferPointer, to rank: Int, number: Int) throws

  /// Starts to receive bytes from another rank. They are there, and the memory may be used, when `finishMessages`
  /// has returned.
  ///
  /// - Parameters:
  ///   - bytes: where they go.
  ///   - rank: another rank than this one.
  ///   - number: that of the message.
  /// - Throws: `CommunicationError`.
  func startReceiving(into bytes: UnsafeMutableRawBufferPointer, from rank: Int, number: Int) throws

  /// Lets started messages go on, without waiting for them: libraries for messages may do so only when they are
  /// called.
  ///
  /// - Throws: `CommunicationError`.
  func advanceMessages() throws

  /// Returns when all started messages are sent and received.
  ///
  /// - Throws: `CommunicationError`; no message is left then.
  func finishMessages() throws

  /// Ends what is left of started messages, which other ranks then miss: after an error.
  func cancelMessages()

  /// Returns when all ranks have called it.
  ///
  /// - Throws: `CommunicationError`.
  func barrier() throws

  /// Ends all ranks with an exit status, without waiting for them.
  func abort(status: Int32) -> Never
}

/// A message between ranks that failed.
public struct CommunicationError: LocalizedError, CustomStringConvertible, Equatable, Sendable {
  /// The rank that reports the failure.
  public let rank: Int
  /// The operation that failed, such as `exchange`.
  public let operation: String
  /// What the library for messages says about it.
  public let reason: String

  /// A failure of `operation` on `rank`.
  public init(rank: Int, operation: String, reason: String) {
    (self.rank, self.operation, self.reason) = (rank, operation, reason)
  }

  /// `rank 1: exchange failed: …`.
  public var description: String { "rank \(rank): \(operation) failed: \(reason)" }

  /// The same as `description`.
  public var errorDescription: String? { description }
}

extension Communicator {
  /// Whether this process writes files and messages for all.
  public var isRoot: Bool { rank == 0 }

  /// The elements that each rank gives, in the order of the ranks, on every rank.
  package func gather<Element: BitwiseCopyable>(_ elements: [Element]) throws -> [[Element]] {
    if size == 1 { return [elements] }
    let parts = try elements.withUnsafeBytes { try gather($0) }
    return parts.map { bytes in
      [Element](unsafeUninitializedCapacity: bytes.count / MemoryLayout<Element>.stride) {
        buffer, count in
        count = bytes.count / MemoryLayout<Element>.stride
        UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
      }
    }
  }

  /// Throws, on every rank, when the ranks do not have the same text, and names the first rank that differs
  /// from rank 0.
  ///
  /// - Parameters:
  ///   - what: what the text says, such as `the version`.
  ///   - text: what this rank has.
  package func requireAgreement(on what: String, _ text: String) throws {
    if size == 1 { return }
    let texts = try gather(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    guard let other = texts.firstIndex(where: { $0 != texts[0] }) else { return }
    throw InputError(
      file: "rank \(other) of \(size)", field: what, found: quoted(texts[other]),
      expected: "\(quoted(texts[0])), as on rank 0")
  }

  /// This rank's share of `count` pieces of work: consecutive, and as many as for the others or one more or
  /// less.
  package func share(of count: Int) -> Range<Int> { share(of: count, rank: rank) }

  /// The share of another rank.
  package func share(of count: Int, rank: Int) -> Range<Int> {
    count * rank / size..<count * (rank + 1) / size
  }
}
