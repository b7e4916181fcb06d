#if MPI
  import CRanks
  import Foundation
  import OutcropCore

  /// The ranks that `mpirun` or `srun` started, which talk through MPI.
  ///
  /// Needs the package trait `MPI`. A process starts one, once, and makes all calls from the thread that
  /// started it; another thread traps. Errors of MPI are thrown as `CommunicationError`; what a library of MPI
  /// does when another process dies (Open MPI's and MPICH's launchers end all others) is its own matter.
  public final class MPICommunicator: Communicator, @unchecked Sendable {
    public let rank: Int
    public let size: Int
    /// The number of ranks on this machine, this one included.
    public let neighborCount: Int
    private let thread = pthread_self()

    /// Starts MPI; throws `CommunicationError`.
    public init() throws {
      var (rank, size, neighbors) = (Int32(0), Int32(1), Int32(1))
      let code = oc_ranks_start(&rank, &size, &neighbors)
      (self.rank, self.size, neighborCount) = (Int(rank), Int(size), Int(neighbors))
      try check(code, "start")
    }

    /// The name and version of the MPI library in one line, such as `Open MPI v4.1.4`.
    public static var library: String {
      let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
        oc_ranks_library(buffer.baseAddress!, 4096)
        return String(cString: buffer.baseAddress!)
      }
      let line = text.split(whereSeparator: { $0 == "\n" || $0 == "," }).first ?? ""
      return line.replacing("\t", with: " ").trimmingCharacters(in: .whitespaces)
    }

    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
      require(
        (0..<size).contains(root), "broadcast: found the rank \(root), expected 0 ..< \(size)")
      try check(
        oc_ranks_broadcast(bytes.baseAddress, Int64(bytes.count), Int32(root)), "broadcast")
    }

    public func gather(_ bytes: UnsafeRawBufferPointer) throws -> [[UInt8]] {
      var counts = [Int64](repeating: 0, count: size)
      try check(oc_ranks_gather(Int64(bytes.count), &counts), "gather")
      let starts = counts.reduce(into: [0]) { $0.append($0.last! + Int($1)) }
      let all = UnsafeMutableRawBufferPointer.allocate(byteCount: starts[size], alignment: 16)
      defer { all.deallocate() }
      let received = (0..<size).map {
        UnsafeMutableRawBufferPointer(rebasing: all[starts[$0]..<starts[$0 + 1]])
      }
      try exchange(Array(repeating: bytes, count: size), into: received, as: "gather")
      return received.map { Array($0) }
    }

    public func exchange(
      _ parts: [UnsafeRawBufferPointer], into received: [UnsafeMutableRawBufferPointer]
    ) throws {
      try exchange(parts, into: received, as: "exchange")
    }

    private func exchange(
      _ parts: [UnsafeRawBufferPointer], into received: [UnsafeMutableRawBufferPointer],
      as operation: String
    ) throws {
      require(
        parts.count == size && received.count == size
          && parts[rank].count == received[rank].count,
        "exchange: found \(parts.count) and \(received.count) parts, expected \(size) each, and as many bytes "
          + "from a rank to itself as it receives")
      received[rank].copyMemory(from: parts[rank])
      try check(
        oc_ranks_exchange(
          parts.map(\.baseAddress), parts.map { Int64($0.count) }, received.map(\.baseAddress),
          received.map { Int64($0.count) }), operation)
    }

    public func startSending(
      _ bytes: UnsafeRawBufferPointer, to rank: Int, number: Int
    ) throws {
      requireOther(rank, number, "startSending")
      try check(
        oc_ranks_start_sending(bytes.baseAddress, Int64(bytes.count), Int32(rank), Int32(number)),
        "send")
    }

    public func startReceiving(
      into bytes: UnsafeMutableRawBufferPointer, from rank: Int, number: Int
    ) throws {
      requireOther(rank, number, "startReceiving")
      try check(
        oc_ranks_start_receiving(
          bytes.baseAddress, Int64(bytes.count), Int32(rank), Int32(number)), "receive")
    }

    private func requireOther(_ rank: Int, _ number: Int, _ operation: String) {
      require(
        (0..<size).contains(rank) && rank != self.rank && (0..<1 << 15).contains(number),
        "\(operation): found the rank \(rank) and the number \(number), expected one of \(size) ranks other than "
          + "\(self.rank), and 0 ..< 32768")
    }

    public func advanceMessages() throws { try check(oc_ranks_advance(), "advance") }

    public func finishMessages() throws { try check(oc_ranks_finish_messages(), "finish messages") }

    public func cancelMessages() { oc_ranks_cancel_messages() }

    public func barrier() throws { try check(oc_ranks_barrier(), "barrier") }

    /// The exit statuses of all ranks, in their order: the last message before `finish`. A rank that ends early finds
    /// out whether the others do as well, or wait for its messages.
    ///
    /// - Parameters:
    ///   - own: the exit status of this rank.
    ///   - seconds: how long to wait for the others; nil: without end.
    /// - Returns: nil where the time is over; `abort` must follow.
    /// - Throws: `CommunicationError`.
    public func statuses(_ own: Int32, within seconds: Double?) throws -> [Int32]? {
      var (all, isComplete) = ([Int32](repeating: 0, count: size), Int32(0))
      try check(oc_ranks_statuses(own, seconds ?? -1, &all, &isComplete), "statuses")
      return isComplete == 1 ? all : nil
    }

    /// Ends MPI. No other call may follow; returns when all ranks have called it.
    public func finish() throws { try check(oc_ranks_finish(), "finish") }

    public func abort(status: Int32) -> Never {
      oc_ranks_abort(status)
      _exit(status)
    }

    private func check(_ code: @autoclosure () -> Int32, _ operation: String) throws {
      require(
        pthread_equal(thread, pthread_self()) != 0,
        "\(operation): called from another thread than the one that started MPI")
      let code = code()
      if code == 0 { return }
      let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
        oc_ranks_error(code, buffer.baseAddress!, 4096)
        return String(cString: buffer.baseAddress!)
      }
      throw CommunicationError(rank: rank, operation: operation, reason: text)
    }
  }
#endif
