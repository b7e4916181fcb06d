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

  public func barrier() {}

  public func abort(status: Int32) -> Never { exit(status) }
}
