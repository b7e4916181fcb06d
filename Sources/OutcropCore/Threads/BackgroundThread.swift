import Foundation

/// Threads beside those of `ThreadPool`, for work that goes on while the caller does something else.
///
/// Unlike Foundation's and Dispatch's, starting one can fail: where the system has no memory or no thread
/// left, those leave the work undone or wait forever.
package enum BackgroundThread {
  private struct State {
    var idle = 0
    var waiting: [@Sendable () -> Void] = []
  }

  // Everything in `state` is used under the condition's lock.
  private static let condition = NSCondition()
  nonisolated(unsafe) private static var state = State()

  /// Runs `body` on an idle thread or a new one. Where the system has none left, the calling thread does the
  /// work before this returns.
  package static func run(_ body: @escaping @Sendable () -> Void) {
    condition.lock()
    state.waiting.append(body)
    let isEnough = state.idle >= state.waiting.count
    if isEnough { condition.signal() }
    condition.unlock()
    if isEnough || start(name: "outcrop-batches", { workForever() }) { return }
    // Another thread may have taken `body`, and left what it was to do.
    condition.lock()
    let left = state.waiting.popLast()
    condition.unlock()
    left?()
  }

  private static func workForever() {
    while true {
      condition.lock()
      state.idle += 1
      while state.waiting.isEmpty { condition.wait() }
      state.idle -= 1
      let body = state.waiting.removeFirst()
      condition.unlock()
      body()
    }
  }

  /// Starts a thread that runs `body` and ends; false, with the reason in `errno`, where the system has none
  /// left.
  package static func start(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 8 << 20)
    let work = Unmanaged.passRetained(Work(name, body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = pthread_create(&thread, &attributes, { runWork($0) }, work.toOpaque())
    #else
      var thread = pthread_t()
      let code = pthread_create(&thread, &attributes, { runWork($0!) }, work.toOpaque())
    #endif
    if code == 0 { return true }
    work.release()
    errno = code
    return false
  }

  fileprivate final class Work: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      (self.name, self.body) = (name, body)
    }
  }
}

private func runWork(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  let work = Unmanaged<BackgroundThread.Work>.fromOpaque(context).takeRetainedValue()
  Thread.current.name = work.name
  work.body()
  return nil
}
