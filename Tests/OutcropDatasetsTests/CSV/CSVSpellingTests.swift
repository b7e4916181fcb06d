import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// What the spelling of fields means.
@Suite struct CSVSpellingTests {
  private func read(
    _ nodes: String, edges: String = "src_id,dst_id\n0,1\n"
  ) throws -> SingleGraphDataset {
    let folder = try TemporaryFolder()
    try folder.write("nodes.csv", nodes)
    try folder.write("edges.csv", edges)
    return try readSingle(folder.path)
  }

  /// 007 and 7 are two words, wherever the first word is that shows that the column has words.
  @Test(arguments: [
    ["007", "7", "x", "007"], ["x", "7", "007", "007"], ["007", "007", "7", "x"],
  ])
  func wordsKeepTheirSpelling(cells: [String]) throws {
    let rows = cells.enumerated().map { "\($0.offset),\($0.element)\n" }.joined()
    let data = try read("node_id,label\n" + rows)
    #expect(data.classNames == ["007", "7", "x"])
    let names = try #require(data.classNames)
    #expect(data.labels.map { names[Int($0)] } == cells)
  }

  @Test func numbersOfOneColumnAreOneWordEach() throws {
    // Integers, then another number, then a word; the column is read again from its first row.
    let data = try read(
      "node_id,label\n0,1\n1,a\n2,1.50\n3,1\n4,b\n5,a\n6,1.50\n7,1.5\n8,b\n9,c\n10,c\n")
    #expect(data.classNames == ["1", "1.5", "1.50", "a", "b", "c"])
    #expect(data.labels[0] == data.labels[3] && data.labels[2] == data.labels[6])
  }

  /// Where no comma separates fields, one may be that of a number.
  @Test(arguments: [";", "\t"])
  func decimalCommasAreRefused(separator: String) throws {
    func table(_ cells: [String]) -> String {
      cells.enumerated().map { "\($0.offset)\(separator)\($0.element)\n" }
        .reduce("node_id\(separator)w\n", +)
    }
    for cell in ["0,5", "-1,25", "1.234,5", "3,0e5", "1,2"] {
      let error = datasetError { _ = try read(table(["1", cell])) }
      #expect(error?.line == 3 && error?.field == "w", "\(cell): \(String(describing: error))")
      #expect(error?.found == "“\(cell)”")
      #expect(error?.expected.contains("a decimal point") == true)
    }
    // Lists are in quotes, or cannot be one number.
    for cell in ["\"0,5\"", "0, 5", "[0,5]"] {
      let data = try read(table([cell, cell]))
      #expect(data.graph.nodeTypes?.values == [0, 5, 0, 5], "\(cell)")
    }
    #expect(try read(table(["1,2,3", "4,5,6"])).graph.nodeTypes?.columns == 3)
  }

  /// Names of classes may be any text: numbers, words for missing values, several lines.
  @Test(arguments: [
    ["10", "9", "None"], ["a\nb", "c\r\nd", "\"x, y\""], ["", " ", "nan"], ["1.5", "x", "NA"],
  ])
  func namesOfClassesAreReadAsWritten(names: [String]) throws {
    let folder = try TemporaryFolder()
    let data = try SingleGraphDataset(
      checking: "test", name: "one",
      graph: Graph(nodeCount: 4, sources: [0, 3], destinations: [1, 2]),
      labels: [2, .nan, 0, 2], task: .classification(classCount: 3), train: [3, 0], test: [2],
      classNames: names)
    try CSVDataset.write(data, to: folder.path("out"))
    let read = try readSingle(folder.path("out"))
    #expect(read.checksum == data.checksum && read.classNames == names && read.task == data.task)
    // Another column may still be asked for, and a wrong number is found.
    try folder.write("out/nodes.csv", "node_id,split,label\n0,train,2\n1,,\n2,test,3\n3,train,2\n")
    let error = datasetError { _ = try readSingle(folder.path("out")) }
    #expect(error?.line == 4 && error?.field == "label" && error?.found == "3")
    try folder.write("out/nodes.csv", "node_id,split,label\n0,train,\n1,,\n2,test,\n3,train,\n")
    let missing = try readSingle(folder.path("out"))
    #expect(missing.targetCount == 1 && missing.labels.allSatisfy(\.isNaN))
  }

  /// Names of nodes, classes and types cannot move a terminal's cursor.
  @Test func descriptionsHaveNoControlCharacters() throws {
    let folder = try TemporaryFolder()
    try folder.write("nodes.csv", "node_id,label\n0,\u{1B}[2J\n1,b\n2,b\n")
    try folder.write("edges.csv", "src_id,dst_id,kind\n0,1,x\u{7}\n1,2,y\n2,0,y\n")
    let text = SingleGraphDescription(try readSingle(folder.path)).table
    #expect(
      text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    #expect(text.contains(" [2J") && text.contains("x "))
  }
}
