import Foundation
import OutcropCore

extension ProteinGenerator {
  /// Writes the graph to a folder in the layout of ogbn-proteins, which `NodeDataset.read` and
  /// OGB's programs can read, with a `dataset.json` that marks it as synthetic.
  ///
  /// The text is generated and compressed in parallel by ranges of edges, so the memory does not
  /// depend on the size. The files are written to a temporary folder next to `path`, which is
  /// renamed when complete.
  ///
  /// - Parameters:
  ///   - path: The folder to write.
  ///   - name: The name of the data set in `dataset.json`.
  ///   - overwrite: Whether to replace an existing folder. Only a folder that contains nothing but the files
  ///     of this function and the cache is replaced.
  ///   - progress: Called repeatedly with the number of edges written so far.
  /// - Throws: `InputError` when `path` exists and must not be replaced, or after an error of the file
  ///   system.
  public func write(
    to path: String, name: String = "generated-proteins", overwrite: Bool = false,
    progress: (Int) -> Void = { _ in }
  ) throws {
    try writeDatasetFolder(path, overwrite: overwrite, checkReplaceable: checkReplaceable) { new in
      for folder in ["raw", "split/species"] {
        try SystemFiles.createFolder(new.appendingPathComponent(folder).path)
      }
      try writeSmallFiles(new, name)
      try writeEdges(new, progress)
    }
  }

  private func checkReplaceable(_ path: String, _ overwrite: Bool) throws {
    guard overwrite else {
      throw InputError(
        file: path, found: "a file or folder that already exists", expected: "a new path",
        hint: "choose another folder, or replace this one with --overwrite")
    }
    let own = ["raw", "split", DatasetMetadata.fileName]
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? ["a file"]
    if let foreign = names.first(where: { !own.contains($0) && !$0.hasPrefix(".outcrop-cache") }) {
      throw InputError(
        file: path, found: "a folder that also contains \(foreign)",
        expected: "a folder that this program wrote")
    }
    if !names.isEmpty, try NodeMetadata.read(folder: path)?.isSynthetic != true {
      throw InputError(
        file: path, found: "a data set that is not synthetic",
        expected: "a folder that this program wrote")
    }
  }

  private func writeSmallFiles(_ folder: URL, _ name: String) throws {
    func write(_ file: String, _ text: String) throws {
      let member = try gzipMember(Array(text.utf8))
      try AtomicFile.write(member, to: folder.appendingPathComponent("\(file).csv.gz").path)
    }
    try write("raw/num-node-list", "\(nodeCount)\n")
    try write("raw/num-edge-list", "\(edgeCount)\n")
    try write(
      "raw/node_species",
      speciesOfNodes.map { "\(Self.species[Int($0)].value)\n" }.joined())
    let splits = splits
    for (split, nodes) in [
      ("train", splits.train), ("valid", splits.validation), ("test", splits.test),
    ] {
      try write("split/species/\(split)", nodes.map { "\($0)\n" }.joined())
    }
    let labels = try GzipFile(folder.appendingPathComponent("raw/node-label.csv.gz").path)
    let grain = 4096
    for start in stride(from: 0, to: nodeCount, by: grain) {
      var text: [UInt8] = []
      for node in start..<min(start + grain, nodeCount) {
        for label in self.labels(of: node) {
          text.append(UInt8(ascii: "0") + label)
          text.append(UInt8(ascii: ","))
        }
        text[text.count - 1] = UInt8(ascii: "\n")
      }
      try labels.append(gzipMember(text))
    }
    try labels.finish()
    let metadata = NodeMetadata(
      name: name, isSynthetic: true, sourceDescription: sourceDescription)
    try AtomicFile.write(
      JSON.encode(metadata, isIndented: true),
      to: folder.appendingPathComponent(DatasetMetadata.fileName).path)
  }

  private func writeEdges(_ folder: URL, _ progress: (Int) -> Void) throws {
    let edgeFile = try GzipFile(folder.appendingPathComponent("raw/edge.csv.gz").path)
    let scoreFile = try GzipFile(folder.appendingPathComponent("raw/edge-feat.csv.gz").path)
    let chunks = chunksOfNodes(edgeCount: 1 << 16)
    // A few chunks at a time, so that the memory is small and the files are written in order.
    let wave = 16
    var written = 0
    for start in stride(from: 0, to: chunks.count, by: wave) {
      let indices = start..<min(start + wave, chunks.count)
      var texts = [Result<(edges: [UInt8], scores: [UInt8]), any Error>?](
        repeating: nil, count: indices.count)
      texts.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let texts = buffer
        ThreadPool.run(chunks: indices.count) { index in
          texts[index] = Result { try compressedEdges(chunks[start + index]) }
        }
      }
      for (index, text) in zip(indices, texts) {
        let (edges, scores) = try text!.get()
        try edgeFile.append(edges)
        try scoreFile.append(scores)
        for node in chunks[index] { written += Int(edgeCounts[node]) }
      }
      progress(written)
    }
    if edgeCount == 0 {
      try edgeFile.append(gzipMember([]))
      try scoreFile.append(gzipMember([]))
    }
    try edgeFile.finish()
    try scoreFile.finish()
  }

  /// Ranges of nodes that own about so many edges.
  private func chunksOfNodes(edgeCount: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var (start, sum) = (0, 0)
    for node in 0..<nodeCount {
      sum += Int(edgeCounts[node])
      if sum >= edgeCount || node == nodeCount - 1 {
        if sum > 0 { result.append(start..<node + 1) }
        (start, sum) = (node + 1, 0)
      }
    }
    return result
  }

  private func compressedEdges(_ nodes: Range<Int>) throws -> (edges: [UInt8], scores: [UInt8]) {
    var owned = OwnedEdges(nodeCount: nodeCount)
    var (edgeText, scoreText): ([UInt8], [UInt8]) = ([], [])
    for node in nodes {
      drawEdges(of: node, &owned)
      let start = Array("\(node),".utf8)
      for end in owned.ends {
        edgeText.append(contentsOf: start)
        appendDecimal(Int(end), &edgeText)
        edgeText.append(UInt8(ascii: "\n"))
      }
      for (index, score) in owned.scores.enumerated() {
        scoreText.append(contentsOf: thousandthTexts[Int(score)])
        scoreText.append(UInt8(ascii: index % Self.scoreCount == Self.scoreCount - 1 ? "\n" : ","))
      }
    }
    return (try gzipMember(edgeText), try gzipMember(scoreText))
  }
}

/// 0.0, 0.001, … 1.0 as pandas prints them.
private let thousandthTexts: [[UInt8]] = (0...1000).map { value in
  if value % 1000 == 0 { return Array("\(value / 1000).0".utf8) }
  var digits = String(1000 + value).dropFirst()
  while digits.last == "0" { digits.removeLast() }
  return Array("0.\(digits)".utf8)
}

private func appendDecimal(_ number: Int, _ text: inout [UInt8]) {
  var unit = 1
  while number / unit >= 10 { unit *= 10 }
  while unit > 0 {
    text.append(UInt8(ascii: "0") + UInt8(number / unit % 10))
    unit /= 10
  }
}
