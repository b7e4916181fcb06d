import Foundation

/// Writes files so that a reader never sees half of one.
package enum AtomicFile {
  /// Writes to a new file in the same folder, syncs it and renames it over the target. On failure
  /// the target is as it was and nothing else remains.
  package static func write(_ data: Data, to file: URL) throws(ReportError) {
    let temporary = file.deletingLastPathComponent().appendingPathComponent(
      ".\(file.lastPathComponent).\(UUID().uuidString).tmp")
    do {
      try data.write(to: temporary, options: .withoutOverwriting)
      let handle = try FileHandle(forWritingTo: temporary)
      defer { try? handle.close() }
      try handle.synchronize()
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw .unwritable(file: file.path, reason: error.localizedDescription)
    }
    guard rename(temporary.path, file.path) == 0 else {
      let reason = String(cString: strerror(errno))
      try? FileManager.default.removeItem(at: temporary)
      throw .unwritable(file: file.path, reason: reason)
    }
  }
}
