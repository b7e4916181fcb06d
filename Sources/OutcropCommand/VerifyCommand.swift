import ArgumentParser
import Foundation
import Outcrop

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "verify")
  @Argument var files: [String]
  @Flag var double = false
  @Flag(name: .shortAndLong) var verbose = false
  func run() throws {
    for path in files {
      let file = try SafetensorsFile(path: path)
      let result = double ? try Verification.run(file, Double.self) : try Verification.run(file, Float.self)
      print(path, result.count, "failed:", result.count { !$0.passes })
      for c in result where !c.passes || verbose { print("  ", c.quantity, c.absoluteDifference, c.relativeDifference, c.tolerance) }
    }
  }
}
