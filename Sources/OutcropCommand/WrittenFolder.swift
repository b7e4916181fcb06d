import Foundation
import Outcrop

/// A folder that a command writes as a whole: under a hidden name beside it (`.NAME.UUID`), which is then
/// renamed.
///
/// A killed process leaves the hidden folder, and one that was replacing a data set may leave the old one in
/// there and none under the name. The next start removes such remains and puts an old data set back; a
/// signal does it at once.
struct WrittenFolder {
  private let parent: String
  private let name: String
  private let lock: Int32

  /// Takes part in the lock of the folder above, so that remains are told from another process's work.
  init(_ path: String) {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    (parent, name) = (url.deletingLastPathComponent().path, url.lastPathComponent)
    lock = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 { Self.clean(parent, name) }
    if lock >= 0 { _ = flock(lock, LOCK_SH | LOCK_NB) }
    let (above, own) = (url.deletingLastPathComponent().path, url.lastPathComponent)
    let before = Set(Self.remains(above, own))
    Interruption.addCleanup {
      // Only what this process has made; it may be writing still.
      for _ in 0..<50 where !Self.remains(above, own).allSatisfy(before.contains) {
        Self.clean(above, own) { !before.contains($0) }
        usleep(2000)
      }
    }
  }

  private static func remains(_ parent: String, _ name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []).filter {
      $0.hasPrefix(".\(name).") && UUID(uuidString: String($0.dropFirst(name.count + 2))) != nil
    }
  }

  private static func clean(
    _ parent: String, _ name: String, where isRemains: (String) -> Bool = { _ in true }
  ) {
    for found in remains(parent, name) where isRemains(found) {
      let old = "\(parent)/\(found)/old"
      // Fails where there is no old folder, or a new one has its name already.
      try? SystemFiles.move(old, to: "\(parent)/\(name)")
      try? FileManager.default.removeItem(atPath: "\(parent)/\(found)")
    }
  }
}
