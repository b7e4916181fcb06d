import OutcropCore

/// Runs `body` with `count` threads and puts the former number back.
public func withThreadCount<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Result {
  let former = ThreadPool.threadCount
  ThreadPool.threadCount = count
  defer { ThreadPool.threadCount = former }
  return try body()
}
