/// Traps with `message` when `condition` is false, in release builds too.
///
/// `precondition` drops its message in optimized code, but a shape error must name the operation and
/// both shapes in every build.
@inline(__always)
package func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition() { fatalError(message(), file: file, line: line) }
}
