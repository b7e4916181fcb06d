import OutcropCore
import OutcropTestSupport
import Testing

@Suite struct CommunicatorTests {
  @Test func oneProcess() throws {
    let alone = SingleProcess()
    #expect((alone.rank, alone.size, alone.isRoot) == (0, 1, true))
    #expect(try alone.gather([1.5, -2]) == [[1.5, -2]])
    var target = [UInt8](repeating: 0, count: 3)
    [UInt8]([1, 2, 3]).withUnsafeBytes { source in
      target.withUnsafeMutableBytes { alone.exchange([source], into: [$0]) }
    }
    #expect(target == [1, 2, 3])
    try alone.requireAgreement(on: "version", "1")
  }

  @Test(arguments: [1, 2, 3, 4, 7]) func gatherKeepsTheOrderOfRanks(size: Int) throws {
    let results = try ThreadRanks.run(size) { ranks in
      // Ranks have different numbers of elements, rank 0 none.
      try ranks.gather(Array(repeating: Int32(ranks.rank), count: ranks.rank))
    }
    let expected = (0..<size).map { Array(repeating: Int32($0), count: $0) }
    for result in results { #expect(result == expected) }
  }

  @Test(
    "Started messages arrive by number, and those of a number in their order", arguments: [2, 3, 5])
  func startedMessages(size: Int) throws {
    let results = try ThreadRanks.run(size) { ranks in
      func message(_ from: Int, _ to: Int, _ number: Int, _ turn: Int) -> [Int] {
        [from, to, number, turn] + Array(repeating: 7, count: number)
      }
      var memory: [UnsafeMutableBufferPointer<Int>] = []
      defer { for buffer in memory { buffer.deallocate() } }
      func buffer(_ values: [Int]) -> UnsafeMutableBufferPointer<Int> {
        let buffer = UnsafeMutableBufferPointer<Int>.allocate(capacity: values.count)
        _ = buffer.initialize(from: values)
        memory.append(buffer)
        return buffer
      }
      var expected: [(UnsafeMutableBufferPointer<Int>, [Int])] = []
      for other in 0..<size where other != ranks.rank {
        for (number, turn) in [(4, 0), (4, 1), (0, 0)] {
          let values = message(other, ranks.rank, number, turn)
          let target = buffer(values.map { _ in -1 })
          expected.append((target, values))
          ranks.startReceiving(
            into: UnsafeMutableRawBufferPointer(target), from: other, number: number)
        }
        for (number, turn) in [(0, 0), (4, 0), (4, 1)] {
          let source = buffer(message(ranks.rank, other, number, turn))
          ranks.startSending(UnsafeRawBufferPointer(source), to: other, number: number)
          ranks.advanceMessages()
        }
      }
      try ranks.finishMessages()
      return expected.allSatisfy { Array($0.0) == $0.1 }
    }
    #expect(results.allSatisfy { $0 })
  }

  @Test(arguments: [1, 2, 3, 8, 40], [1, 2, 3, 4, 7])
  func sharesCoverAllInOrder(count: Int, size: Int) throws {
    let shares = try ThreadRanks.run(size) { $0.share(of: count) }
    #expect(shares.flatMap { Array($0) } == Array(0..<count))
    #expect(shares.map(\.count).max()! - shares.map(\.count).min()! <= 1)
  }

  @Test func aRankThatDiffersIsNamedOnAllRanks() {
    let outcomes = ThreadRanks.outcomes(3) { ranks in
      try ranks.requireAgreement(on: "version", ranks.rank == 2 ? "0.9" : "1.0")
    }
    for outcome in outcomes {
      let error = #expect(throws: InputError.self) { try outcome.get() }
      #expect(
        error?.description == "rank 2 of 3: 'version': found '0.9', expected '1.0', as on rank 0")
    }
  }
}
