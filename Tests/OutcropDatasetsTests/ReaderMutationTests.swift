import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport
import Testing

/// Small data sets with bytes changed, cut off, doubled and removed at random: every reader must
/// give an error of its own or graphs that fit together.
@Suite struct ReaderMutationTests {
  private func mutated(_ bytes: [UInt8], _ random: inout TestRandom) -> [UInt8] {
    var bytes = bytes
    let usual = Array("0123456789,.-+ \n\r\t[]{}\"eEna:".utf8)
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      if bytes.isEmpty { return bytes }
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes[place] = usual.randomElement(using: &random)!
      case 3: bytes.insert(usual.randomElement(using: &random)!, at: place)
      case 4: bytes.remove(at: place)
      case 5: bytes.removeLast(bytes.count - place)
      default:
        let end = min(bytes.count, place + Int.random(in: 1...20, using: &random))
        bytes.insert(contentsOf: bytes[place..<end], at: place)
      }
    }
    return bytes
  }

  /// Reads the files with one of them changed, `count` times. `read` checks that what it reads fits
  /// together and returns its checksum.
  private func check(
    _ files: [String: String], endings: (plain: String, compressed: String), seed: UInt64,
    count: Int, read: (String) throws -> String = readGraphs
  ) throws {
    var random = TestRandom(seed)
    let names = files.keys.sorted()
    let folder = try TemporaryFolder()
    let contents = files.mapValues { Array($0.utf8) }
    for (name, bytes) in contents { try folder.write(name + endings.plain, bytes) }
    let whole = try read(folder.path)
    var (errors, unchanged, others) = (0, 0, 0)
    for round in 0..<count {
      let name = names.randomElement(using: &random)!
      let original = contents[name]!
      let compressed = round % 4 == 0
      // Compressed damage is either inside the text or in the compressed bytes themselves.
      let isOutside = compressed && round % 8 == 0
      let text = isOutside ? original : mutated(original, &random)
      let bytes = !compressed ? text : isOutside ? mutated(gzip(text), &random) : gzip(text)
      let file = name + (compressed ? endings.compressed : endings.plain)
      if compressed {
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)\(endings.plain)")
      }
      try folder.write(file, bytes)
      do {
        if try read(folder.path) == whole { unchanged += 1 } else { others += 1 }
      } catch let error as InputError {
        errors += 1
        #expect(error.file.hasPrefix(folder.path))
        #expect(!error.found.isEmpty && !error.expected.isEmpty)
      }
      if compressed { try FileManager.default.removeItem(atPath: "\(folder.path)/\(file)") }
      try folder.write(name + endings.plain, original)
    }
    #expect(errors + unchanged + others == count)
    // All three must occur, or the test looks at nothing.
    #expect(errors > count / 4 && unchanged > 0 && others > 0)
  }

  @Test(arguments: 0..<4)
  func tuDataset(seed: Int) throws {
    try check(
      SmallFiles().files, endings: (".txt", ".txt.gz"), seed: UInt64(seed) + 10, count: 700)
  }

  @Test(arguments: 0..<4)
  func ogb(seed: Int) throws {
    try check(OGBFiles().files, endings: (".csv", ".csv.gz"), seed: UInt64(seed) + 20, count: 700)
  }

  @Test(arguments: 0..<4)
  func jsonLines(seed: Int) throws {
    let files = ["train": hubLines, "val": hubLines, "test": hubLines]
    try check(files, endings: (".jsonl", ".jsonl.gz"), seed: UInt64(seed) + 30, count: 700)
  }

  @Test(arguments: 0..<4)
  func tables(seed: Int) throws {
    let files = [
      "nodes":
        "graph_id,node_id,kind,feat\n7,0,C,\"1,2.5\"\n7,1,N,\"0,5\"\n9,0,,\"0, 0\"\n4,x,C,\"3,0\"\n",
      "edges": "graph_id,src_id,dst_id,weight\n7,0,1,0.25\n7,1,0,3\n4,x,x,2\n",
      "graphs": "graph_id,label,split\n7,yes,train\n9,no,val\n4,yes,test\n",
    ]
    try check(files, endings: (".csv", ".csv.gz"), seed: UInt64(seed) + 50, count: 700)
  }

  @Test(arguments: 0..<4)
  func largeGraph(seed: Int) throws {
    let files = Dictionary(
      uniqueKeysWithValues: NodeFolderFixture.files.map { (String($0.dropLast(4)), $1) })
    try check(
      files, endings: (".csv", ".csv.gz"), seed: UInt64(seed) + 40, count: 300, read: readNodes)
  }
}

private func readGraphs(_ path: String) throws -> String {
  let dataset = try GraphDataset.read(from: path)
  // The public initializer checks every type, class and label again.
  let again = GraphDataset(
    name: dataset.name, train: dataset.train, validation: dataset.validation,
    test: dataset.test, nodeTypeCount: dataset.nodeTypeCount,
    edgeTypeCount: dataset.edgeTypeCount, nodeVocabularies: dataset.nodeVocabularies,
    edgeVocabularies: dataset.edgeVocabularies, targetCount: dataset.targetCount,
    task: dataset.task, sourceDescription: "")
  #expect(again.checksum == dataset.checksum)
  for split in GraphDataset.Split.allCases {
    for graph in dataset[split] { #expect(graph.inconsistency == nil) }
  }
  return dataset.checksum
}

private func readNodes(_ path: String) throws -> String {
  let dataset = try NodeDataset.read(path)
  let (graph, nodes) = (dataset.graph, Int32(dataset.nodeCount))
  var ends = 0
  for node in 0..<dataset.nodeCount {
    ends += graph.degree(of: node)
    for (neighbor, edge) in zip(graph.neighbors(of: node), graph.edges(at: node)) {
      #expect((0..<nodes).contains(neighbor) && (0..<graph.edgeCount).contains(edge))
    }
  }
  #expect(ends == graph.directedEdgeCount)
  for edge in 0..<graph.edgeCount { #expect(graph.scores(of: edge).allSatisfy { $0.isFinite }) }
  for label in dataset.labels(of: Array(0..<nodes)) {
    #expect(label == 0 || label == 1 || label.isNaN)
  }
  let splits = dataset.train + dataset.validation + dataset.test
  #expect(splits.allSatisfy { $0 >= 0 && $0 < nodes } && Set(splits).count == splits.count)
  #expect(dataset.species.allSatisfy { (0..<dataset.speciesCount).contains(Int($0)) })
  return dataset.checksum
}
