import ArgumentParser
import Foundation
import Outcrop

extension DataInfoCommand {
  /// Describes a large graph in the layout of ogbn-proteins. The time and the memory of reading are written
  /// to standard error.
  func describeNodes() throws {
    if reading.target != nil {
      throw ValidationError("--target: a graph with labeled nodes has one file of labels only")
    }
    let data = try NodeDataset.read(
      dataset, options: NodeDataset.Options(progress: { Console.note($0) }))
    let summary = NodeDatasetDescription(data)
    if json {
      print(String(decoding: try JSON.encode(summary, isIndented: true), as: UTF8.self))
    } else {
      print(summary.table, terminator: "")
    }
    guard let loading = data.loading else { return }
    let size = String(format: "%.1f MB", Double(loading.cacheByteCount) / 1e6)
    let memory = ProcessMemory.peakBytes.map { String(format: "%.0f MB", Double($0) / 1e6) }
    Console.note(
      "\(loading.rebuildReason == nil ? "mapped" : "read and mapped") in "
        + String(format: "%.2f s", loading.seconds)
        + "; cache \(loading.cacheFile) (\(size)); peak memory \(memory ?? "unknown")")
  }
}
