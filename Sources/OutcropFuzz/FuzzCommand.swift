import Foundation
import OutcropCore
import Synchronization

/// The command line of `OutcropFuzz`.
enum FuzzCommand {
  static func run(_ arguments: [String]) -> Never {
    let names = FuzzReader.all.map(\.name)
    if arguments.first == "list" {
      print(names.joined(separator: " "))
      exit(0)
    }
    guard let reader = FuzzReader.all.first(where: { $0.name == arguments.first }) else {
      fail(
        "found the reader \(arguments.first ?? "none"), expected \(names.joined(separator: ", "))")
    }
    var options = ["count": 1000, "seconds": 0, "seed": 1, "start": 0]
    var folder = ".build/fuzz"
    for argument in arguments.dropFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      if parts.count == 2, parts[0] == "folder" {
        folder = parts[1]
      } else if parts.count == 2, options[parts[0]] != nil, let value = Int(parts[1]), value >= 0 {
        options[parts[0]] = value
      } else {
        fail("found \(argument), expected count=N, seconds=N, seed=N, start=N or folder=PATH")
      }
    }
    do {
      var run = try FuzzRun(reader, folder: "\(folder)/\(reader.name)", seed: options["seed"]!)
      let watch = Watchdog(reader.name)
      var number = options["start"]!
      let seconds = options["seconds"]!
      while seconds > 0 ? watch.seconds < seconds : number < options["count"]! {
        watch.begin()
        try run.input(number)
        watch.end()
        number += 1
      }
      print(run.summary(seconds: watch.seconds))
      exit(run.findings.isEmpty ? 0 : 1)
    } catch {
      fail("\(error)")
    }
  }

  private static func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("error: \(message)\n".utf8))
    exit(2)
  }
}

/// Ends the process when an input takes too long.
private final class Watchdog: Sendable {
  static let limit = 10

  private let start = ContinuousClock.now
  /// The second in which the current input began; negative between inputs.
  private let began = Atomic<Int>(-1)

  init(_ name: String) {
    Thread.detachNewThread {
      while true {
        sleep(1)
        let begin = self.began.load(ordering: .relaxed)
        if begin >= 0, self.seconds - begin > Self.limit {
          let text = "\(name): an input takes more than \(Self.limit) s\n"
          FileHandle.standardError.write(Data(text.utf8))
          abort()
        }
      }
    }
  }

  /// The seconds since the start.
  var seconds: Int { Int(start.duration(to: .now).components.seconds) }

  func begin() { began.store(seconds, ordering: .relaxed) }
  func end() { began.store(-1, ordering: .relaxed) }
}
