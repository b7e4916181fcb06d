import Foundation
import OutcropCore
import Testing

@Suite struct ThreadCountVariableTests {
  @Test(arguments: ["abc", "0", "-1", "1.5", "1025", "99999999999999999999"])
  func valuesThatMeanNothingAreNamed(value: String) {
    let found = ThreadPool.threadCount(asked: value, processors: 6)
    #expect(found.count == 6)
    #expect(
      found.warning == "OUTCROP_NUM_THREADS: found '\(value)', expected 1 ... 1024; using 6")
  }

  @Test func otherValues() {
    for (value, expected) in [("3", 3), ("1024", 1024), (nil, 6), ("", 6)] as [(String?, Int)] {
      let found = ThreadPool.threadCount(asked: value, processors: 6)
      #expect(found.count == expected && found.warning == nil)
    }
  }
}
