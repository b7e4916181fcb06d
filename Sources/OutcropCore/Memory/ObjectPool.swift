/// Keeps objects that are expensive to create for reuse. Safe to use from any thread.
///
/// An object has one user at a time, which must leave it in the state that the next user expects.
package final class ObjectPool<Object>: @unchecked Sendable {
  // Sendable: each idle object has one owner, the locked list; `make` is called from any thread.
  private let make: () -> Object
  private let idle = Locked<[Object]>([])

  /// A pool that keeps its idle objects for as long as it exists.
  package init(make: @escaping () -> Object) { self.make = make }

  /// A pool whose idle objects are also released by `BufferPool.trim()`.
  package static func trimmed(make: @escaping () -> Object) -> ObjectPool {
    let pool = ObjectPool(make: make)
    BufferPool.addTrimmed(pool)
    return pool
  }

  /// An idle object, or a new one.
  package func take() -> Object { idle.withLock { $0.popLast() } ?? make() }

  /// Returns an object to the pool.
  package func giveBack(_ object: Object) { idle.withLock { $0.append(object) } }

  /// Calls `body` with an object that no other caller uses during the call.
  package func withObject<Result, Failure: Error>(
    _ body: (inout Object) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var object = take()
    defer { giveBack(object) }
    return try body(&object)
  }

  /// Removes all idle objects from the pool and returns them.
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
