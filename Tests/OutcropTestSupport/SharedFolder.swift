import Foundation

/// The folder of reference data that lies beside the repository. It may be missing: tests that need it
/// are then skipped.
public enum SharedFolder {
  /// `OUTCROP_SHARED`, or `shared` beside the package's folder.
  public static let url: URL = {
    if let path = ProcessInfo.processInfo.environment["OUTCROP_SHARED"], !path.isEmpty {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    return packageRoot.deletingLastPathComponent().appendingPathComponent("shared")
  }()

  /// The folder of `Package.swift`.
  public static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Whether `path` exists in the shared folder, for `.enabled(if:)`.
  public static func has(_ path: String = "") -> Bool {
    FileManager.default.fileExists(atPath: url.appendingPathComponent(path).path)
  }
}
