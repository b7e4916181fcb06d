import Foundation
import OutcropCore
import OutcropReport
import OutcropTestSupport
import Testing

@Suite struct DataFetchCommandTests {
  /// Fetches MUTAG from a server that answers `answer` for its archive.
  private func fetch(
    _ answer: LoopbackServer.Answer?, _ folder: TemporaryFolder, name: String = "MUTAG"
  ) throws -> CommandRun {
    let server = try LoopbackServer(answer.map { ["/tu/\(name).zip": $0] } ?? [:])
    defer { server.stop() }
    return try run(name, folder, server.url + "/tu/")
  }

  private func run(_ name: String, _ folder: TemporaryFolder, _ url: String) throws -> CommandRun {
    // A proxy for the outside world must not be asked for this machine's own address.
    try CommandRun(
      ["data", "fetch", name, "--to", folder.path("data"), "--base-url", url],
      environment: ["NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"])
  }

  /// Nothing is left behind by a failure: neither a data set nor a temporary file.
  private func expectNothing(_ folder: TemporaryFolder) {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path("data"))
    #expect((names ?? []).isEmpty)
  }

  private let small: [(name: String, content: [UInt8])] = [
    ("A", "1, 2\n2, 1\n"), ("graph_indicator", "1\n1\n2\n3\n"), ("graph_labels", "1\n-1\n1\n"),
    ("node_labels", "0\n1\n0\n0\n"), ("edge_labels", "0\n0\n"),
  ].map { ("MUTAG/MUTAG_\($0.0).txt", Array($0.1.utf8)) }

  @Test(.enabled(if: SharedFolder.has("data/MUTAG"), "the reference data are not there"))
  func theOfficialFilesAreUnpackedCheckedAndRead() throws {
    let source = SharedFolder.url.appendingPathComponent("data/MUTAG")
    let members = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted().map {
      (name: "MUTAG/\($0)", content: Array(try Data(contentsOf: source.appendingPathComponent($0))))
    }
    let archive = storedZip([("MUTAG/", [])] + members)
    let folder = try TemporaryFolder()
    let fetched = try fetch(.init(body: archive), folder)
    try #require(fetched.status == 0, "\(fetched.errors)")
    #expect(fetched.output.contains("152 + 18 + 18 graphs, 3371 nodes, 7442 directed edges"))
    #expect(fetched.errors.contains("fetching http://127.0.0.1:"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("data")) == ["MUTAG"])
    for (name, content) in members {
      #expect(
        try Array(Data(contentsOf: folder.url.appendingPathComponent("data/\(name)"))) == content)
    }
    // What is there stays.
    expectFailure(
      try fetch(.init(body: archive), folder), status: 1, saying: "data/MUTAG",
      "already exists")
    // Other commands find it by its name.
    let info = try CommandRun(
      ["data", "info", folder.path("data/MUTAG")], in: folder.url)
    #expect(info.status == 0)

    // A byte changed in the middle of a member; another data set under this name.
    let other = try TemporaryFolder()
    var damaged = archive
    damaged[archive.count / 2] ^= 1
    expectFailure(
      try fetch(.init(body: damaged), other), status: 1, saying: "/tu/MUTAG.zip", "CRC-32")
    expectNothing(other)
  }

  @Test func transfersThatBreakOff() throws {
    let folder = try TemporaryFolder()
    let archive = storedZip(small)
    let half = Array(archive.prefix(archive.count / 2))
    // Less than was promised, and without a promise.
    expectFailure(
      try fetch(.init(body: half, length: archive.count), folder), status: 1,
      saying: "the transfer from 127.0.0.1:", "was interrupted", "try again")
    expectFailure(
      try fetch(.init(body: half, isOpenEnded: true), folder), status: 1,
      saying: "/tu/MUTAG.zip: found a zip archive without its end")
    expectFailure(try fetch(.init(body: []), folder), status: 1, saying: "an empty file")
    expectNothing(folder)
  }

  @Test func answersThatAreNotTheArchive() throws {
    let folder = try TemporaryFolder()
    let page = Array("<html><body>please log in</body></html>".utf8)
    expectFailure(
      try fetch(.init(body: page), folder), status: 1,
      saying: "/tu/MUTAG.zip: found no zip archive",
      "<html>")
    expectFailure(
      try fetch(nil, folder), status: 1, saying: "found HTTP status 404 from 127.0.0.1:",
      "--base-url")
    expectFailure(
      try fetch(.init(status: "503 Unavailable", body: page), folder), status: 1,
      saying: "found HTTP status 503")
    // Files are missing; a path leads elsewhere; the numbers are those of another data set.
    expectFailure(
      try fetch(.init(body: storedZip(Array(small.dropLast()))), folder), status: 1,
      saying: "found no MUTAG/MUTAG_edge_labels.txt")
    expectFailure(
      try fetch(.init(body: storedZip(small + [("MUTAG/../../evil", [1])])), folder), status: 1,
      saying: "MUTAG/../../evil")
    expectFailure(
      try fetch(.init(body: storedZip(small)), folder), status: 1,
      saying: "MUTAG: found 3 graphs, 4 nodes, 2 edges, expected 188 graphs, 3371 nodes, 7442 edges"
    )
    var unreadable = small
    unreadable[0].content = Array("1, 2\n2, 9\n".utf8)
    expectFailure(
      try fetch(.init(body: storedZip(unreadable)), folder), status: 1,
      saying: "MUTAG_A.txt:2: found node 9")
    expectNothing(folder)
    #expect(!FileManager.default.fileExists(atPath: folder.path("evil")))
  }

  @Test func redirectionsAreFollowed() throws {
    let folder = try TemporaryFolder()
    let server = try LoopbackServer([
      "/MUTAG.zip": .init(status: "302 Found", location: "/moved.zip"),
      "/moved.zip": .init(body: storedZip(small)),
    ])
    defer { server.stop() }
    expectFailure(
      try run("MUTAG", folder, server.url), status: 1, saying: "MUTAG: found 3 graphs")
  }

  @Test func withoutANetworkItSaysSo() throws {
    let folder = try TemporaryFolder()
    let server = try LoopbackServer([:])
    server.stop()
    expectFailure(
      try run("PROTEINS", folder, server.url), status: 1,
      saying: "no connection to 127.0.0.1:\(server.port)", "without a network", "--base-url")
    expectFailure(
      try run("ZINC", folder, "http://no-such-host.invalid"), status: 1,
      saying: "no connection to no-such-host.invalid")
    expectNothing(folder)
  }

  @Test func withoutCurlItSaysSo() throws {
    let folder = try TemporaryFolder()
    let run = try CommandRun(
      ["data", "fetch", "MUTAG", "--to", folder.path("data")],
      environment: ["PATH": folder.url.path])
    expectFailure(run, status: 1, saying: "the program `curl`", "install curl")
  }

  /// curl must not go on after its parent, however that ends.
  @Test(arguments: ["TERM", "KILL"])
  func curlEndsWithTheCommand(_ signal: String) throws {
    let folder = try TemporaryFolder()
    let body = [UInt8](repeating: 1, count: 1 << 16)
    let server = try LoopbackServer([
      "/MUTAG.zip": .init(body: body, isOpenEnded: true, isEndless: true)
    ])
    defer { server.stop() }
    let run = try CommandRun(
      shell: """
        export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
        "$0" data fetch MUTAG --to '\(folder.path("data"))' --base-url \(server.url)/ 2>/dev/null &
        pid=$!
        for i in $(seq 200); do child=$(pgrep -P $pid curl) && break; sleep 0.05; done
        test -n "$child" && echo started
        sleep 0.2; kill -\(signal) $pid; wait $pid; echo $?
        for i in $(seq 200); do ps -p $child >/dev/null || break; sleep 0.05; done
        ps -p $child >/dev/null && echo orphan
        """)
    #expect(
      run.output.split(whereSeparator: \.isWhitespace) == [
        "started", signal == "TERM" ? "143" : "137",
      ], "\(run.output) \(run.errors)")
    if signal == "TERM" { expectNothing(folder) }
  }

  @Test func namesAndAddressesAreChecked() throws {
    expectFailure(
      try CommandRun(["data", "fetch", "NOTHING"]), status: 2, saying: "NOTHING", "ogbg-moltox21",
      "ogbn-proteins", "ZINC")
    expectFailure(
      try CommandRun(["data", "fetch", "MUTAG", "--base-url", "ftp://x"]), status: 2,
      saying: "ftp://x")
  }
}
