import ArgumentParser
import Outcrop

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the machine and what the program found on it.",
    discussion: """
      EXAMPLES
        outcrop doctor
      """)

  func run() throws {
    print("OpenBLAS  \(OpenBLAS.configuration)")
  }
}
