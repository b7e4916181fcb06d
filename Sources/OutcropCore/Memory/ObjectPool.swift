/// Objects that are costly to make, kept between uses. Safe to use from any thread.
///
/// An object has one user at a time, who leaves it as the next one expects it.
package final class ObjectPool<Object>: @unchecked Sendable {
  // Sendable: each idle object has one owner, the locked list; `make` is called from any thread.
  private let make: () -> Object
  private let idle = Locked<[Object]>([])

  /// A pool whose objects go when it goes.
  package init(make: @escaping () -> Object) { self.make = make }

  /// A pool whose idle objects go at `BufferPool.trim()` as well.
  package static func trimmed(make: @escaping () -> Object) -> ObjectPool {
    let pool = ObjectPool(make: make)
    BufferPool.addTrimmed(pool)
    return pool
  }

  /// An idle object, or a new one.
  package func take() -> Object { idle.withLock { $0.popLast() } ?? make() }

  /// Takes an object back.
  package func giveBack(_ object: Object) { idle.withLock { $0.append(object) } }

  /// Calls `body` with an object that no other caller has meanwhile.
  package func withObject<Result, Failure: Error>(
    _ body: (inout Object) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var object = take()
    defer { giveBack(object) }
    return try body(&object)
  }

  /// All idle objects, which leave the pool.
  package func drain() -> [Object] {
    idle.withLock { objects in
      defer { objects = [] }
      return objects
    }
  }
}

extension ObjectPool: TrimmedPool {
  func trim() { _ = drain() }
}

/// A pool that `BufferPool.trim()` empties.
protocol TrimmedPool: AnyObject, Sendable {
  func trim()
}
