import Foundation
import OutcropCore

/// What was wrong after a file operation failed.
public struct FileFaultProblem: Error, CustomStringConvertible {
  public let description: String
}

/// Lets the first, the second, … file operation of `work` below `folder` fail, until `work` has no more of
/// them, and returns their number.
///
/// Each time an error must name a file below the folder and the system's reason in one line, and no
/// temporary file may stay. An operation may also be one whose failure does no harm.
///
/// - Parameters:
///   - folder: Where `work` writes or reads.
///   - code: The reason of the failures.
///   - prepare: Makes the state before `work`.
///   - check: Checks the state after it; whether `work` succeeded.
///   - work: What is checked.
/// - Throws: `FileFaultProblem`, and the errors of `prepare` and `check`.
@discardableResult
public func checkFileFaults(
  in folder: TemporaryFolder, code: Int32 = ENOSPC, prepare: () throws -> Void,
  check: (Bool) throws -> Void, work: () throws -> Void
) throws -> Int {
  for number in 1...5000 {
    try prepare()
    var failure: (any Error)?
    let wasReached = FileFaults.inject(at: number, below: folder.path, code: code, work) {
      failure = $0
    }
    if let failure {
      guard let error = failure as? InputError, error.file.hasPrefix(folder.path), wasReached,
        error.description.contains(String(cString: strerror(code))),
        !error.description.contains("\n")
      else { throw FileFaultProblem(description: "operation \(number): \(failure)") }
    }
    let all =
      FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    if let rest = all.first(where: { $0.contains(".outcrop-") && $0.hasSuffix(".tmp") }) {
      throw FileFaultProblem(description: "operation \(number): \(rest) stays")
    }
    try check(failure == nil)
    if !wasReached { return number - 1 }
  }
  throw FileFaultProblem(description: "more than 5000 file operations")
}
