import Foundation
import OutcropTestSupport
import Testing

@Suite struct ExitStatusTests {
  @Test(arguments: [[], ["--help"], ["help", "study"], ["verify", "--help"], ["data"]])
  func helpIsAResult(_ arguments: [String]) throws {
    let run = try CommandRun(arguments)
    #expect(run.status == 0)
    #expect(run.output.contains("USAGE: outcrop"))
    #expect(run.errors == "")
  }

  @Test func version() throws {
    let run = try CommandRun(["--version"])
    #expect(run.status == 0)
    #expect(run.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    #expect(run.errors == "")
  }

  @Test(arguments: [
    ["nonsense"], ["--nonsense"], ["verify"], ["verify", "a", "--nonsense"], ["data", "nonsense"],
    ["data", "info"], ["data", "info", "sample", "--target", "graph_attributes"],
    ["data", "generate", "x", "--train", "0"], ["data", "generate", "x", "--train", "many"],
    ["data", "generate", "x", "--seed", "-1"], ["study", "--epochs", "few"],
    ["study", "--threshold", "0"], ["train", "--resume", "--overwrite"],
    ["evaluate", "x", "--split", "none"], ["evaluate", "x", "--batch-size", "0"], ["doctor", "x"],
  ])
  func misuse(_ arguments: [String]) throws {
    expectFailure(try CommandRun(arguments), status: 2, saying: "Usage: outcrop", "--help")
  }

  @Test(arguments: [
    ["verify", "missing.safetensors"], ["evaluate", "missing.safetensors"],
    ["analyze", "missing.npy"], ["data", "info", "missing"], ["study", "--dataset", "missing"],
    ["train", "--dataset", "missing"], ["train", "--config", "missing.json"],
    ["study", "--dataset", "missing", "--data-dir", "nowhere"],
  ])
  func missingInput(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    expectFailure(try CommandRun(arguments, in: folder.url), status: 1, saying: "missing")
    // Nothing is left behind where nothing was done.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
  }

  @Test(arguments: [
    ["study", "--output", "file/results"], ["data", "generate", "file/molecules"],
  ])
  func outputFoldersThatCannotBeMade(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "not a folder")
    expectFailure(
      try CommandRun(arguments, in: folder.url), status: 1, saying: "error: " + arguments[2])
  }

  @Test func outputThatCannotBeWritten() throws {
    #if os(Linux)
      let run = try CommandRun(shell: #""$0" data info sample > /dev/full"#)
      expectFailure(run, status: 1, saying: "standard output: No space left")
    #endif
  }

  /// `verify` writes after each file, `>&-` closes the output; neither may end as if all had been written.
  @Test(arguments: [
    "verify $FILE > /dev/full", "verify -q $FILE $FILE > /dev/full", "verify $FILE >&-",
    "data info sample >&-", "--help > /dev/full", "--version >&-",
  ])
  func outputThatIsLostOnTheWay(_ command: String) throws {
    #if os(Linux)
      let file = SharedFolder.packageRoot.appendingPathComponent(
        "Tests/OutcropVerificationTests/Golden/gt_zinc_small_ebt.safetensors")
      let run = try CommandRun(shell: "FILE='\(file.path)'; \"$0\" \(command)")
      expectFailure(run, status: 1, saying: "standard output: ")
    #endif
  }

  /// A reader that goes away ends the program by the signal, without a word; also where the parent
  /// process has the signal ignored.
  @Test(arguments: ["", "trap '' PIPE; "])
  func readerThatGoesAway(_ before: String) throws {
    let run = try CommandRun(
      shell: before + #"{ "$0" data info sample --json; echo status $? >&2; } | true"#)
    #expect(run.errors == "status 141\n")
  }

  @Test func closedStandardError() throws {
    let run = try CommandRun(shell: #""$0" data info missing 2>&-; echo status $?"#)
    #expect(run.output == "status 1\n")
  }
}
