import Foundation

/// The communicator of a process that works alone: nothing is sent.
public final class SingleProcess: Communicator {
  /// 0
  public var rank: Int { 0 }
  /// 1
  public var size: Int { 1 }

  /// A communicator of one rank.
  public init() {}

  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {}

  public func gather(_ bytes: UnsafeRawBufferPointer) -> [[UInt8]] { [Array(bytes)] }

  public func exchange(
    _ parts: [UnsafeRawBufferPointer], into received: [UnsafeMutableRawBufferPointer]
  ) {
    received[0].copyMemory(from: parts[0])
  }

  public func startSending(_ bytes: UnsafeRawBufferPointer, to rank: Int, number: Int) {
    fatalError("startSending: found the rank \(rank), but there is no other one")
  }

  public func startReceiving(
    into bytes: UnsafeMutableRawBufferPointer, from rank: Int, number: Int
  ) {
    fatalError("startReceiving: found the rank \(rank), but there is no other one")
  }

  public func advanceMessages() {}

  public func finishMessages() {}

  public func cancelMessages() {}

  public func barrier() {}

  public func abort(status: Int32) -> Never { exit(status) }
}
