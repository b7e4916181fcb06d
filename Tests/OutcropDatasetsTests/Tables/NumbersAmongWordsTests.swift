import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// Columns of numbers that have words too.
@Suite struct NumbersAmongWordsTests {
  private func read(
    _ cells: [String], name: String = "w", _ options: TableOptions = .init()
  ) throws -> SingleGraphDataset {
    let folder = try TemporaryFolder()
    let rows = cells.enumerated().map { "\($0.offset),\($0.element)\n" }.joined()
    try folder.write("nodes.csv", "node_id,\(name)\n" + rows)
    try folder.write("edges.csv", "src_id,dst_id\n0,1\n")
    return try readSingle(folder.path, options)
  }

  /// One wrong cell would turn a column of real numbers into categories.
  @Test(arguments: [
    (["0.5", "1.25", "x2", "3"], 4), (["#REF!", "1e-3"], 2), (["1", "2.5", "?"], 4),
  ])
  func aWordAmongRealNumbersIsRefused(cells: [String], line: Int) throws {
    let error = datasetError { _ = try read(cells) }
    #expect(error?.line == line && error?.field == "w")
    #expect(error?.found == "'\(cells[line - 2])' in a column of numbers")
    #expect(error?.expected.contains("w=types") == true)
    // What the caller says of the column is done.
    #expect(try read(cells, .init(columns: ["w": .types])).nodeVocabularies == [cells.count])
    #expect(try read(cells, .init(columns: ["w": .ignore])).nodeVocabularies == [])
  }

  @Test func wordsBesideOtherNumbersAreNamed() throws {
    let integers = try read(["1", "2", "3", "1.5 m", "2"])
    #expect(integers.sourceDescription.contains("words in 1 of 5 rows, the first in line 5"))
    let data = try read(["a", "b", "1.5", "a", "b", "b"])
    #expect(data.nodeVocabularies == [3])
    #expect(
      data.sourceDescription.contains("w: 3 types (words in 5 of 6 rows, the first in line 2)"))
  }

  @Test func aWordAmongRealLabelsIsRefused() throws {
    let error = datasetError { _ = try read(["0.5", "0.75", "missing"], name: "label") }
    #expect(error?.line == 4 && error?.field == "label")
    let told = try read(
      ["0.5", "0.75", "missing"], name: "label", .init(columns: ["label": .types]))
    #expect(told.classNames == ["0.5", "0.75", "missing"])
    let data = try read(["1", "2", "other"], name: "label")
    #expect(data.classNames == ["1", "2", "other"])
    #expect(data.sourceDescription.contains("words in 1 of 3 rows, the first in line 4"))
  }
}
