import Foundation
import OutcropCore
import OutcropDatasets
import Testing

@Suite struct NodeDatasetErrorTests {
  /// A change of one file, and where and what the error must be.
  struct Bad: Sendable, CustomTestStringConvertible {
    let file: String
    let text: String
    let line: Int?
    let found: String
    var testDescription: String { "\(file): \(text.prefix(30))" }

    init(_ file: String, _ text: String, _ line: Int?, _ found: String) {
      (self.file, self.text, self.line, self.found) = (file, text, line, found)
    }
  }

  static let bad: [Bad] = [
    Bad("raw/edge", "0,1\n3,1,7\n1,2\n4,0\n2,4\n0,3\n", 2, "3,1,7"),
    Bad("raw/edge", "0,1\n3\n1,2\n4,0\n2,4\n0,3\n", 2, "3"),
    Bad("raw/edge", "0,1\n3,1\n1,5\n4,0\n2,4\n0,3\n", 3, "node 5"),
    Bad("raw/edge", "0,1\n3,1\n1,-2\n4,0\n2,4\n0,3\n", 3, "node -2"),
    Bad("raw/edge", "0,1\n3,1\n1,4294967297\n4,0\n2,4\n0,3\n", 3, "4294967297"),
    Bad("raw/edge", "0,1\n3,1\n1,2\n4,0\n2,4\n", 6, "the end after 5 lines"),
    Bad("raw/edge", "0,1\n3,1\n1,2\n4,0\n2,4\n0,3\n0,1\n", 7, "more than 6 lines"),
    Bad("raw/edge", "0,1\n3,1\n\n1,2\n4,0\n2,4\n0,3\n", 3, "a blank line"),
    Bad("raw/edge", "0,1\n3,1\nsource,target\n4,0\n2,4\n0,3\n", 3, "source,target"),
    Bad("raw/edge", "0,1\n3,1.5\n1,2\n4,0\n2,4\n0,3\n", 2, "3,1.5"),
    Bad("raw/edge", "", 1, "an empty file"),
    Bad("raw/edge-feat", "0.1,0.2\n0.1\n0,0\n0,0\n0,0\n0,0\n", 2, "0.1"),
    Bad("raw/edge-feat", "0.1,0.2\n0,0\n0.1,0.2,0.3\n0,0\n0,0\n0,0\n", 3, "0.1,0.2,0.3"),
    Bad("raw/edge-feat", "0.1,0.2\n0,0\n0,0\n0,nan\n0,0\n0,0\n", 4, "0,nan"),
    Bad("raw/edge-feat", "0.1,0.2\n0,0\n0,0\n0,inf\n0,0\n0,0\n", 4, "0,inf"),
    Bad("raw/edge-feat", "0.1,0.2\n0,0\n0,0\n0,\n0,0\n0,0\n", 4, "0,"),
    Bad("raw/edge-feat", "0.1,0.2\n0,0\n", 3, "the end after 2 lines"),
    Bad("raw/edge-feat", "0,0\n0,0\n0,0\n0,0\n0,0\n0,0\n0,0\n", 7, "more than 6 lines"),
    Bad("raw/num-node-list", "4\n", 5, "more than 4 lines"),
    Bad("raw/num-node-list", "6\n", 6, "the end after 5 lines"),
    Bad("raw/num-node-list", "-5\n", 1, "-5"),
    Bad("raw/num-node-list", "00\n", 1, "0 nodes"),
    Bad("raw/num-node-list", "99999999999999999999\n", 1, "99999999999999999999"),
    Bad("raw/num-node-list", "2000000000\n", 6, "the end after 5 lines"),
    Bad("raw/num-node-list", "5\n5\n", 2, "a second graph"),
    Bad("raw/num-node-list", "five\n", 1, "five"),
    Bad("raw/num-edge-list", "7\n", 7, "the end after 6 lines"),
    Bad("raw/num-edge-list", "4000000000\n", 7, "the end after 6 lines"),
    Bad("raw/num-edge-list", "0\n", 1, "a line"),
    Bad("raw/num-edge-list", "", 1, "an empty file"),
    Bad("raw/num-edge-list", "\n\n", 1, "only blank"),
    Bad("raw/node_species", "1\n2\n3\n", 4, "the end after 3 lines"),
    Bad("raw/node_species", "1\n2\n3,4\n1\n1\n", 3, "3,4"),
    Bad("raw/node_species", "1,2\n1,2\n1,2\n1,2\n1,2\n", 1, "2 columns"),
    Bad("raw/node_species", "1\nhuman\n3\n1\n1\n", 2, "human"),
    Bad("raw/node-label", "0,1\n0,2\n0,1\n0,1\n0,1\n", 2, "2"),
    Bad("raw/node-label", "0,1\n0,1\n0,1,1\n0,1\n0,1\n", 3, "0,1,1"),
    Bad("raw/node-label", "0,1\n0,1\n0,yes\n0,1\n0,1\n", 3, "yes"),
    Bad("raw/node-label", "0,1\n0,1\n0,1\n0,1\n", 5, "the end after 4 lines"),
    Bad("split/species/train", "1\n5\n", 2, "5"),
    Bad("split/species/train", "1\n-1\n", 2, "-1"),
    Bad("split/species/valid", "1\n", 1, "node 1 for the second time"),
    Bad("split/species/test", "2\n2\n", 2, "node 2 for the second time"),
    Bad("split/species/test", "2\n0,3\n", 2, "0,3"),
  ]

  @Test(arguments: bad, [false, true])
  func badFiles(bad: Bad, compressed: Bool) throws {
    let name = bad.file + ".csv"
    let fixture = try NodeFolderFixture([name: bad.text], compressed: compressed)
    let error = try #require(
      #expect(throws: InputError.self) { try fixture.read() })
    // Some counts are noticed in the file that disagrees with them.
    if !bad.file.contains("list") || (bad.line == 1 && bad.text != "0\n") {
      #expect(error.file == fixture.path + "/" + name + (compressed ? ".gz" : ""))
    }
    #expect(error.line == bad.line)
    #expect(error.found.contains(bad.found), "\(error)")
    #expect(!error.expected.isEmpty)
    // Nothing half-made stays.
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture.path)
    #expect(Set(names) == ["raw", "split"])
  }

  @Test(arguments: [
    "raw/edge", "raw/edge-feat", "raw/node_species", "raw/node-label", "raw/num-edge-list",
    "split/species/train",
  ])
  func truncatedGzip(file: String) throws {
    let fixture = try NodeFolderFixture(compressed: true)
    let whole = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: "\(fixture.path)/\(file).csv.gz")))
    for count in [whole.count - 1, whole.count - 9, 12] {
      try fixture.folder.write("\(file).csv.gz", Array(whole.prefix(count)))
      let error = try #require(#expect(throws: InputError.self) { try fixture.read() })
      #expect(error.file == "\(fixture.path)/\(file).csv.gz", "\(error)")
      #expect(error.found.contains("end too early"), "\(error)")
      #expect(error.line != nil)
    }
    var damaged = whole
    damaged[whole.count - 6] ^= 0x10  // the checksum at the end
    try fixture.folder.write("\(file).csv.gz", damaged)
    #expect(throws: InputError.self) { try fixture.read() }
  }

  @Test(arguments: ["raw/edge", "raw/edge-feat", "raw/node_species", "raw/node-label"])
  func bytesThatAreNoText(file: String) throws {
    let fixture = try NodeFolderFixture()
    var bytes = Array(NodeFolderFixture.files["\(file).csv"]!.utf8)
    let second = bytes.firstIndex(of: 0x0A)! + 1
    bytes[second] = 0xFF
    try fixture.folder.write("\(file).csv", bytes)
    let error = try #require(#expect(throws: InputError.self) { try fixture.read() })
    #expect(error.line == 2)
    #expect(error.found.contains("\\xff"), "\(error)")
  }

  @Test(arguments: [
    "raw/num-node-list", "raw/num-edge-list", "raw/edge", "raw/node-label", "split/species/valid",
  ])
  func missingFiles(file: String) throws {
    let fixture = try NodeFolderFixture(["\(file).csv": nil])
    let error = try #require(#expect(throws: InputError.self) { try fixture.read() })
    #expect(error.file == "\(fixture.path)/\(file).csv.gz")
    #expect(error.found == "no such file")
  }

  @Test func placesThatAreNoFolder() throws {
    let fixture = try NodeFolderFixture()
    #expect(throws: InputError.self) { try NodeDataset.read(fixture.path + "/nowhere") }
    #expect(throws: InputError.self) { try NodeDataset.read(fixture.path + "/raw/edge.csv") }
    #expect(!NodeDataset.isPresent(at: fixture.path + "/raw"))
    #expect(throws: InputError.self) { try fixture.read(.init(split: "random")) }
  }

  @Test func linesWithoutEnd() throws {
    let fixture = try NodeFolderFixture(["raw/edge.csv": String(repeating: "1", count: 3 << 20)])
    let error = try #require(#expect(throws: InputError.self) { try fixture.read() })
    #expect(error.line == 1 && error.found.contains("a line of more than"))
  }
}
