import OutcropCore
import OutcropDatasets
import OutcropGraph

/// The batches of molecules that all benchmarks of models use.
package struct Workload {
  let name: String
  let batches: [GraphBatch]
  let graphsPerBatch: Int
  private let folder: String?

  /// The first ten batches of a folder's training split in the order of its files, or ten batches
  /// of synthetic molecules of the embedded data set.
  init(folder: String?, graphsPerBatch: Int) throws {
    self.folder = folder
    let count = 10 * graphsPerBatch
    let dataset =
      try folder.map { try TUDataset.read($0) }
      ?? SampleDataset.make(sizes: (train: count, validation: 0, test: 0))
    name = dataset.name + (dataset.isSynthetic ? " (synthetic)" : "")
    self.graphsPerBatch = graphsPerBatch
    let all = Array(dataset.train.prefix(count))
    batches = stride(from: 0, to: all.count, by: graphsPerBatch)
      .filter { $0 + graphsPerBatch <= all.count }
      .map { GraphBatch(Array(all[$0..<$0 + graphsPerBatch])) }
    guard !batches.isEmpty else {
      throw InputError(
        file: name, found: "\(all.count) training graphs",
        expected: "at least \(graphsPerBatch), the size of a batch")
    }
  }

  /// The nodes and edges of an average batch.
  var nodeCount: Int { batches.reduce(0) { $0 + $1.nodeCount } / batches.count }
  var edgeCount: Int { batches.reduce(0) { $0 + $1.edgeCount } / batches.count }

  /// All graphs of the data set, or 12,000 synthetic molecules.
  func wholeDataset() throws -> GraphDataset {
    try folder.map { try TUDataset.read($0) }
      ?? SampleDataset.make(sizes: (train: 10_000, validation: 1000, test: 1000))
  }

  func batch(_ index: Int) -> GraphBatch { batches[index % batches.count] }
}
