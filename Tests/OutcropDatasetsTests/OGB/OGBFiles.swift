import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropTestSupport

/// A small data set in OGB's layout: four graphs of 3, 1, 2 and 2 nodes, the second without edges.
struct OGBFiles {
  /// Content by name without `.csv`.
  var files: [String: String] = [
    "raw/num-node-list": "3\n1\n2\n2\n",
    "raw/num-edge-list": "2\n0\n1\n1\n",
    "raw/edge": "0,1\n2,1\n1,0\n0,1\n",
    "raw/node-feat": "5,0\n6,0\n7,1\n0,0\n1,1\n2,0\n3,0\n5,1\n",
    "raw/edge-feat": "1,0,1\n0,0,0\n3,2,1\n2,1,0\n",
    "raw/graph-label": "0.0,1.0\n1.0,\nnan,0.0\n,\n",
    "split/random/train": "0\n3\n",
    "split/random/valid": "2\n",
    "split/random/test": "1\n",
  ]

  func write(to folder: TemporaryFolder, compressed: Bool = false) throws {
    for (name, text) in files {
      let bytes = Array(text.utf8)
      try folder.write("\(name).csv\(compressed ? ".gz" : "")", compressed ? gzip(bytes) : bytes)
    }
  }

  func read(
    _ options: OGBDataset.Options = OGBDataset.Options(), compressed: Bool = false
  ) throws -> GraphDataset {
    let folder = try TemporaryFolder()
    try write(to: folder, compressed: compressed)
    return try OGBDataset.read(folder.path, options: options)
  }
}

/// The `InputError` that `body` throws; nil when it throws none or another.
func datasetError(_ body: () throws -> Void) -> InputError? {
  do {
    try body()
    return nil
  } catch { return error as? InputError }
}

/// Labels bit by bit, so that NaN equals NaN.
func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern } }
