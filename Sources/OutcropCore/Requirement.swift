/// Traps with `message` when `condition` is false, in release builds too.
///
/// `precondition` drops its message in optimized code; shape mistakes must name the operation and
/// both shapes wherever they happen.
@inline(__always)
package func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition() { fatalError(message(), file: file, line: line) }
}
