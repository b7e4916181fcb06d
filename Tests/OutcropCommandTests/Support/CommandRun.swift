import Foundation
import OutcropTestSupport
import Testing

/// One run of the built program, with everything that it printed.
struct CommandRun {
  let status: Int32
  /// Standard output and standard error.
  let output: String
  let errors: String

  /// Runs `outcrop` with `arguments` in `directory`, this process's environment and `environment`
  /// on top of it.
  init(
    _ arguments: [String], in directory: URL? = nil, environment: [String: String] = [:]
  ) throws {
    try self.init(Self.program, arguments, directory, environment)
  }

  /// Runs `script` in a shell where `"$0"` is the program.
  init(shell script: String) throws {
    try self.init(
      URL(fileURLWithPath: "/bin/sh"), ["-c", script, Self.program.path], nil, [:])
  }

  private init(
    _ program: URL, _ arguments: [String], _ directory: URL?, _ environment: [String: String]
  ) throws {
    // Files, unlike pipes, never fill up.
    let folder = try TemporaryFolder()
    let (output, errors) = (try folder.write("output", ""), try folder.write("errors", ""))
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = directory }
    process.environment = ProcessInfo.processInfo.environment
      .merging(environment) { _, given in given }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    self.output = try String(contentsOf: output, encoding: .utf8)
    self.errors = try String(contentsOf: errors, encoding: .utf8)
  }

  /// The lines of standard output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// The program lies beside the test bundle.
  static let program: URL = {
    #if DEBUG
      let configuration = "debug"
    #else
      let configuration = "release"
    #endif
    let folders =
      [Bundle.main.executableURL?.path, CommandLine.arguments.first].compactMap { $0 }
      .map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
      + [SharedFolder.packageRoot.appendingPathComponent(".build/\(configuration)")]
    let places = folders.map { $0.appendingPathComponent("outcrop") }
    return places.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? places.last!
  }()
}

/// Checks that a run failed with `status`, printed no result, and said `texts` on standard error.
func expectFailure(
  _ run: CommandRun, status: Int32, saying texts: String...,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(run.status == status, "\(run.errors)", sourceLocation: sourceLocation)
  #expect(run.output == "", sourceLocation: sourceLocation)
  #expect(run.errors.contains("outcrop: error: "), sourceLocation: sourceLocation)
  for text in texts {
    #expect(run.errors.contains(text), "\(run.errors)", sourceLocation: sourceLocation)
  }
}
