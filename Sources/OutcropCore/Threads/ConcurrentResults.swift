/// Runs four functions in parallel, if threads are available. If several fail, the error of the first
/// in argument order is thrown, regardless of the order in which they ran.
package func concurrentResults<First, Second, Third, Fourth>(
  _ first: () throws -> First, _ second: () throws -> Second, _ third: () throws -> Third,
  _ fourth: () throws -> Fourth
) throws -> (First, Second, Third, Fourth) {
  var (firstResult, secondResult): (Result<First, any Error>?, Result<Second, any Error>?)
  var (thirdResult, fourthResult): (Result<Third, any Error>?, Result<Fourth, any Error>?)
  ThreadPool.run(chunks: 4) { chunk in
    switch chunk {
    case 0: firstResult = Result { try first() }
    case 1: secondResult = Result { try second() }
    case 2: thirdResult = Result { try third() }
    default: fourthResult = Result { try fourth() }
    }
  }
  return (
    try firstResult!.get(), try secondResult!.get(), try thirdResult!.get(),
    try fourthResult!.get()
  )
}
