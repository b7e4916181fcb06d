import Testing

/// All tests of the module. They run one after the other, because the thread count and the buffer
/// pool's counters belong to the process.
@Suite(.serialized) enum CoreTests {}

/// The message that a process left on standard error.
func message(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
