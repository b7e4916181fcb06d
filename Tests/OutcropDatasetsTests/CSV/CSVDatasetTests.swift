import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

func readSingle(
  _ path: String, _ options: CSVDataset.Options = .init()
) throws -> SingleGraphDataset {
  try #require(try CSVDataset.read(path, options: options) as? SingleGraphDataset)
}

func allGraphs(_ data: GraphDataset) -> [Graph] { data.train + data.validation + data.test }

@Suite struct CSVDatasetTests {
  @Test func oneGraphWithLabeledNodes() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "nodes.csv",
      """
      node_id,label,train_mask,val_mask,test_mask,feat,city
      10,b,True,False,False,"0.5,1",Rome
      11,a,False,True,False,"1,2",Oslo
      12,,False,False,False,"0,0",Rome
      20,c,False,False,True,"-1e-3,+4",

      """)
    try folder.write("edges.csv", "src_id,dst_id,weight,kind\n10,20,2,x\n12,11,0.5,w\n10,12,1,x\n")
    #expect(try DatasetFormat.detect(folder.path) == .csv)
    let data = try readSingle(folder.path)
    #expect(data.task == .classification(classCount: 3))
    #expect(data.classNames == ["a", "b", "c"])
    #expect(data.labels[0...1] == [1, 0] && data.labels[2].isNaN && data.labels[3] == 2)
    #expect(data.train == [0] && data.validation == [1] && data.test == [3])
    let graph = data.graph
    // Edges without inverses get them, with the same features.
    #expect(graph.sources == [0, 3, 2, 1, 0, 2])
    #expect(graph.destinations == [3, 0, 1, 2, 2, 0])
    #expect(graph.edgeAttributes == RealFeatures(values: [2, 2, 0.5, 0.5, 1, 1]))
    #expect(graph.edgeTypes == IntegerFeatures(values: [1, 1, 0, 0, 1, 1]))
    #expect(data.edgeTypeNames == ["w", "x"] && data.edgeTypeName(1) == "x")
    #expect(
      graph.nodeAttributes == RealFeatures(values: [0.5, 1, 1, 2, 0, 0, -1e-3, 4], columns: 2))
    // Oslo, Rome, and nothing.
    #expect(
      graph.nodeTypes == IntegerFeatures(values: [1, 0, 1, 2]) && data.nodeVocabularies == [3])
    for name in ["city: 3 types", "feat: 2 numbers", "weight: 1 number", "inverse edges added"] {
      #expect(data.sourceDescription.contains(name))
    }
  }

  @Test func rowsOfManyGraphsMayBeInAnyOrder() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "nodes.csv.gz",
      gzip(Array("graph_id,node_id,type\nB,0,5\nA,7,1\nB,1,6\nA,x,2\nA,8,3\n".utf8)))
    try folder.write("edges.csv", "graph_id,src_id,dst_id\nA,x,7\nB,1,0\nA,8,x\n")
    try folder.write(
      "graphs.csv", "graph_id,label,split\nA,1.5,train\nB,2.5,val\nC,-1,test\n")
    let data = try GraphDataset.read(from: folder.path, options: .init(inverseEdges: .keep))
    #expect(data.task == .regression && data.targetCount == 1)
    #expect(
      data.train == [
        Graph(
          nodeCount: 3, sources: [1, 2], destinations: [0, 1],
          nodeTypes: IntegerFeatures(values: [1, 2, 3]), targets: [1.5])
      ])
    #expect(
      data.validation == [
        Graph(
          nodeCount: 2, sources: [1], destinations: [0],
          nodeTypes: IntegerFeatures(values: [5, 6]), targets: [2.5])
      ])
    #expect(data.test.map(\.nodeCount) == [0] && data.test[0].targets == [-1])
    #expect(data.nodeVocabularies == [7])
    #expect(throws: InputError.self) { try readSingle(folder.path, .init(labels: ["size"])) }
  }

  @Test(arguments: [
    "0,1,7\n1,2,8\n2,0,7\n", "source,target,kind\n0,1,7\n1,2,8\n2,0,7",
    "source\ttarget\tkind\r\n0\t1\t7\r\n1\t2\t8\r\n2\t0\t7\r\n\r\n",
    "# made by hand\nsrc;dst;kind\n \"0\" ; 1;7\n1;2;\"8\"\n2;0;7\n",
    ",from,to,kind\n0,0,1,7\n1,1,2,8\n2,2,0,7\n",
  ])
  func bareListsOfEdges(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("mine.csv", text)
    let data = try readSingle(folder.path("mine.csv"))
    #expect(data.name == "mine" && data.targetCount == 0)
    #expect(data.graph.nodeCount == 3)
    #expect(data.graph.sources == [0, 1, 1, 2, 2, 0])
    #expect(data.graph.edgeTypes?.values == [7, 7, 8, 8, 7, 7])
    // Nodes in the order in which their names occur.
    try folder.write("words.csv", "source,target\nc,a\na,b\n")
    let words = try readSingle(folder.path("words.csv"), .init(inverseEdges: .keep))
    #expect(words.graph.sources == [0, 1] && words.graph.destinations == [1, 2])
  }

  @Test func someInversesMakeEdgesDirected() throws {
    let folder = try TemporaryFolder()
    try folder.write("edges.csv", "src_id,dst_id\n0,1\n1,0\n1,2\n2,2\n")
    let data = try readSingle(folder.path)
    #expect(data.graph.edgeCount == 4)
    #expect(data.sourceDescription.contains("directed: 1 of 3 have no inverse"))
    let added = try readSingle(folder.path, .init(inverseEdges: .add))
    // The loop is its own inverse.
    #expect(added.graph.sources == [0, 1, 1, 0, 1, 2, 2])
    #expect(added.graph.destinations == [1, 0, 0, 1, 2, 1, 2])
  }

  @Test func filesAreGivenByName() throws {
    let folder = try TemporaryFolder()
    try folder.write("who.csv", "id,role\n1,x\n2,y\n3,x\n")
    try folder.write("calls.tsv", "source\ttarget\n1\t2\n")
    try folder.write("mails.tsv", "source\ttarget\n3\t1\n")
    let files = CSVDataset.Files(
      edges: [folder.path("calls.tsv"), folder.path("mails.tsv")], nodes: [folder.path("who.csv")],
      edgeTypes: ["call", "mail"])
    let read = try CSVDataset.read(
      files, in: "people", options: .init(labels: ["role"], inverseEdges: .keep))
    let data = try #require(read as? SingleGraphDataset)
    #expect(data.name == "people" && data.labels == [0, 1, 0] && data.classNames == ["x", "y"])
    #expect(data.graph.edgeTypes?.values == [0, 1] && data.edgeTypeNames == ["call", "mail"])
    #expect(data.graph.sources == [0, 2] && data.graph.destinations == [1, 0])
    // Labeled nodes without a split are split at random, each once.
    #expect(Set(data.train + data.validation + data.test) == [0, 1, 2])
    #expect(data.train.count == 1 && data.validation.count == 1)
  }

  @Test func columnsAreWhatTheirValuesAre() throws {
    let folder = try TemporaryFolder()
    let rows = 300
    var text = "node_id,few,many,signed,both,name,flags,codes,empty,label\n"
    for row in 0..<rows {
      text += "\(row),\(row % 3),\(row),\(row % 2 - 1),\(row % 2 == 0 ? "7" : "odd"),n\(row),"
      text +=
        "\"\(row % 2),1,0\",\"\(row % 4) \(row % 5)\",NaN,\(row % 7 == 0 ? "" : "\(row % 3).0")\n"
    }
    try folder.write("nodes.csv", text)
    try folder.write("edges.csv", "source,target\n0,1\n1,0\n")
    let data = try readSingle(folder.path)
    // few, signed, both, codes (2); many, flags (3).
    #expect(data.nodeVocabularies == [3, 2, 2, 4, 5])
    #expect(data.graph.nodeTypes?.rows([4]).values == [1, 0, 0, 0, 4])
    #expect(data.graph.nodeTypes?.rows([3]).values == [0, 1, 1, 3, 3])
    #expect(data.graph.nodeAttributes?.rows([4, 3]).values == [4, 0, 1, 0, 3, 1, 1, 0])
    // Integers that are written as 1.0 because others are missing are classes.
    #expect(data.task == .classification(classCount: 3) && data.labels[7].isNaN)
    #expect(data.sourceDescription.contains("name left out (no word occurs twice)"))
    let told = try readSingle(
      folder.path,
      .init(columns: ["few": .numbers, "many": .types, "both": .ignore, "codes": .ignore]))
    #expect(told.nodeVocabularies == [300, 2] && told.graph.nodeAttributes?.columns == 4)
    let no = datasetError { _ = try readSingle(folder.path, .init(columns: ["age": .types])) }
    #expect(no?.found == "no column 'age'")
    let words = datasetError { _ = try readSingle(folder.path, .init(columns: ["both": .numbers])) }
    #expect(words?.line == 3 && words?.field == "both")
  }

  @Test func missingAndSeveralLabels() throws {
    let folder = try TemporaryFolder()
    try folder.write("edges.csv", "graph_id,source,target\n")
    try folder.write("nodes.csv", "graph_id\n0\n1\n2\n3\n")
    try folder.write("graphs.csv", "graph_id,label\n0,\"0,1\"\n1,\n2,\"nan, 1\"\n3,\"[1 0]\"\n")
    let data = try GraphDataset.read(from: folder.path)
    #expect(data.task == .binaryClassification && data.targetCount == 2)
    let all = allGraphs(data).map(\.targets)
    #expect(all.count == 4 && all.contains([0, 1]) && all.contains([1, 0]))
    #expect(all.filter { $0.allSatisfy(\.isNaN) }.count == 1)
    #expect(all.filter { $0[0].isNaN && $0[1] == 1 }.count == 1)
    try folder.write("graphs.csv", "graph_id,a,b\n0,0.5,1\n1,,2\n2,3,\n3,1,1\n")
    let two = try GraphDataset.read(from: folder.path, options: .init(targetFile: "b, a"))
    #expect(two.task == .regression && two.targetCount == 2)
    #expect(allGraphs(two).contains { $0.targets == [1, 0.5] })
  }

  @Test(arguments: 0..<12)
  func whatIsWrittenIsReadAgain(seed: Int) throws {
    var random = TestRandom(UInt64(seed))
    let folder = try TemporaryFolder()
    func types(_ rows: Int, _ vocabularies: [Int]) -> IntegerFeatures {
      IntegerFeatures(
        values: (0..<rows).flatMap { _ in
          vocabularies.map { Int32.random(in: 0..<Int32($0), using: &random) }
        }, columns: vocabularies.count)
    }
    func numbers(_ rows: Int, _ columns: Int) -> RealFeatures {
      RealFeatures(
        values: (0..<rows * columns).map { _ in
          Bool.random(using: &random)
            ? Float(Int.random(in: -3...3, using: &random))
            : Float.random(in: -1...1, using: &random)
        }, columns: columns)
    }
    let columns = 1 + seed % 3
    func graph(_ labels: [Float]) -> Graph {
      let (nodes, edges) = (
        Int.random(in: 0...6, using: &random), Int.random(in: 0...9, using: &random)
      )
      let count = nodes == 0 ? 0 : edges
      func ends() -> [Int32] {
        (0..<count).map { _ in Int32.random(in: 0..<Int32(nodes), using: &random) }
      }
      return Graph(
        nodeCount: nodes, sources: ends(), destinations: ends(),
        nodeTypes: seed % 2 == 0 ? types(nodes, Array([3, 300, 2].prefix(columns))) : nil,
        nodeAttributes: seed % 4 < 2 ? numbers(nodes, columns) : nil,
        edgeTypes: seed % 5 > 1 ? types(count, [4]) : nil,
        edgeAttributes: seed % 3 > 0 ? numbers(count, 2) : nil, targets: labels)
    }
    let tasks: [GraphDataset.Task] = [
      .regression, .binaryClassification, .classification(classCount: 3),
    ]
    let task = tasks[seed % 3]
    func label() -> Float {
      if Int.random(in: 0..<4, using: &random) == 0 { return .nan }
      switch task {
      case .regression: return Float.random(in: -2...2, using: &random)
      default:
        return Float.random(in: 0..<(task == .binaryClassification ? 2 : 3), using: &random)
          .rounded(.down)
      }
    }
    let width = task == .classification(classCount: 3) ? 1 : columns
    let parts = (0..<3).map { _ in (0..<4).map { _ in graph((0..<width).map { _ in label() }) } }
    let data = GraphDataset(
      name: "some", train: parts[0], validation: parts[1], test: parts[2],
      nodeVocabularies: seed % 2 == 0 ? Array([3, 300, 2].prefix(columns)) : nil,
      edgeVocabularies: seed % 5 > 1 ? [4] : nil, task: task,
      edgeTypeNames: seed % 5 == 2 ? ["a", "b", "c", "d"] : nil,
      classValues: task == .classification(classCount: 3) ? [-1, 0, 5] : nil,
      sourceDescription: "made for a test")
    try CSVDataset.write(data, to: folder.path("out"))
    let read = try GraphDataset.read(from: folder.path("out"))
    #expect(read.checksum == data.checksum && read.task == data.task)
    #expect(read.nodeVocabularies == data.nodeVocabularies)
    #expect(read.edgeVocabularies == data.edgeVocabularies)
    #expect(read.name == "some" && read.sourceDescription == "made for a test")
    #expect(read.classValues == data.classValues && read.edgeTypeNames == data.edgeTypeNames)
    #expect(throws: InputError.self) { try CSVDataset.write(data, to: folder.path("out")) }
    try CSVDataset.write(data, to: folder.path("out"), overwrite: true)
  }

  @Test func oneGraphIsWrittenAndReadAgain() throws {
    let folder = try TemporaryFolder()
    let data = try SingleGraphDataset(
      checking: "test", name: "one",
      graph: Graph(
        nodeCount: 4, sources: [0, 3], destinations: [1, 3],
        nodeAttributes: RealFeatures(values: [1, 0, 1, 0]),
        edgeTypes: IntegerFeatures(values: [1, 0])), labels: [1, .nan, 0, 1],
      task: .classification(classCount: 2), train: [3, 0], test: [2], edgeTypeNames: ["x", "y"],
      classNames: ["no, never", "yes"])
    try CSVDataset.write(data, to: folder.path("out"))
    let read = try readSingle(folder.path("out"))
    #expect(read.checksum == data.checksum && read.classNames == data.classNames)
    #expect(read.graph == data.graph && read.train == [0, 3] && read.test == [2])
    #expect(read.edgeTypeNames == ["x", "y"])
  }
}
