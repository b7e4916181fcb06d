import Foundation
import OutcropGraph
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

  /// Reads the files with one of them changed, `count` times.
  private func check(
    _ files: [String: String], endings: (plain: String, compressed: String), seed: UInt64,
    count: Int
  ) throws {
    var random = TestRandom(seed)
    let names = files.keys.sorted()
    let folder = try TemporaryFolder()
    let contents = files.mapValues { Array($0.utf8) }
    for (name, bytes) in contents { try folder.write(name + endings.plain, bytes) }
    let whole = try GraphDataset.read(from: folder.path)
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
        let dataset = try GraphDataset.read(from: folder.path)
        // The public initialiser checks every type, class and label again.
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
        if dataset.checksum == whole.checksum { unchanged += 1 } else { others += 1 }
      } catch let error as DatasetError {
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
}
