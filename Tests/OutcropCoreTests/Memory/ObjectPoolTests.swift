import OutcropCore
import Testing

@Suite struct ObjectPoolTests {
  private final class Counter: Sendable {
    private let alive = Locked(0)
    var count: Int { alive.withLock { $0 } }
    func add(_ number: Int) { alive.withLock { $0 += number } }
  }

  private final class Thing {
    let counter: Counter
    init(_ counter: Counter) {
      self.counter = counter
      counter.add(1)
    }
    deinit { counter.add(-1) }
  }

  @Test func objectsAreUsedAgain() {
    let counter = Counter()
    let pool = ObjectPool { Thing(counter) }
    for _ in 0..<5 { pool.withObject { #expect($0.counter.count == 1) } }
    pool.withObject { first in
      pool.withObject { second in #expect(first !== second && counter.count == 2) }
    }
    #expect(pool.drain().count == 2)
    #expect(counter.count == 0)
  }

  @Test func trimLetsIdleObjectsGo() {
    let counter = Counter()
    let pool = ObjectPool.trimmed { Thing(counter) }
    let kept = pool.take()
    pool.giveBack(pool.take())
    #expect(counter.count == 2)
    BufferPool.trim()
    #expect(counter.count == 1)
    pool.giveBack(kept)
  }
}
