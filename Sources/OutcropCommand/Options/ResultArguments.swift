import ArgumentParser
import Foundation
import Outcrop

/// How a command shows its results at the end.
struct ResultArguments: ParsableArguments {
  @Flag(help: "Also print a table of the layers of every model and all findings.")
  var verbose = false

  @Flag(help: "Open the report in a browser, where there is a desktop.")
  var open = false

  /// Prints the answer and the paths of the files, and opens the report if asked to.
  func show(_ results: StudyResults, _ files: Report.Files) {
    Console.show(results, isVerbose: verbose)
    if let json = files.json { print("results  \(json)") }
    print("report   \(files.html)")
    if open { Desktop.open(files.html) }
  }
}

/// The user's desktop.
enum Desktop {
  /// Opens a file with the program for its type, without waiting for it. Without a desktop nothing happens
  /// but a note.
  static func open(_ path: String) {
    guard let program = program else {
      Console.note("no desktop was found: open \(path) in a browser")
      return
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = [URL(fileURLWithPath: path).absoluteURL.path]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      Console.note("\(program) could not be started: open \(path) in a browser")
    }
  }

  private static var program: String? {
    #if os(macOS)
      return "/usr/bin/open"
    #else
      let environment = ProcessInfo.processInfo.environment
      func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
      guard isSet("DISPLAY") || isSet("WAYLAND_DISPLAY") else { return nil }
      let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
      return folders.map { $0 + "/xdg-open" }.first {
        FileManager.default.isExecutableFile(atPath: $0)
      }
    #endif
  }
}
