import Foundation
import OutcropNN
import Testing

@Suite struct PlateauScheduleTests {
  private func text(_ schedule: PlateauSchedule) throws -> String {
    String(decoding: try JSONEncoder().encode(schedule), as: UTF8.self)
  }

  private func read(_ text: String) throws -> PlateauSchedule {
    try JSONDecoder().decode(PlateauSchedule.self, from: Data(text.utf8))
  }

  @Test func aScheduleIsReadAsItWasWritten() throws {
    var schedule = PlateauSchedule(patience: 1, factor: 0.25)
    #expect(try read(text(schedule)) == schedule)
    for loss in [3.0, 4, 5, 6] { schedule.observe(loss: loss) }
    #expect(schedule.badEpochs == 1 && schedule.factor(at: 0) == 0.25)
    #expect(try read(text(schedule)) == schedule)
  }

  /// With fewer than no epochs without improvement, the rate would be lowered too late.
  @Test(arguments: ["-1", "-9223372036854775808", "9223372036854775807"])
  func numbersOfEpochsAreChecked(found: String) throws {
    var schedule = PlateauSchedule(patience: 3)
    schedule.observe(loss: 1)
    schedule.observe(loss: 2)
    let good = try text(schedule)
    let bad = good.replacingOccurrences(of: "\"badEpochs\":1", with: "\"badEpochs\":\(found)")
    #expect(bad != good)
    let error = #expect(throws: DecodingError.self) { try read(bad) }
    #expect("\(try #require(error))".contains("found \(found), expected a number of epochs"))
  }
}
