import CKernels
import Foundation

/// The memory of this process.
public enum ProcessMemory {
  /// The largest resident size so far, in bytes; nil if the system does not report it.
  public static var peakBytes: Int? { status("VmHWM:") }

  /// The current resident size, in bytes; nil if the system does not report it.
  public static var residentBytes: Int? { status("VmRSS:") }

  /// Returns memory that the allocator holds but nothing uses to the system. Reading a data set leaves
  /// much of it.
  public static func releaseFree() { oc_release_free_memory() }

  private static func status(_ field: String) -> Int? {
    #if os(Linux)
      guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
        let line = text.split(separator: "\n").first(where: { $0.hasPrefix(field) }),
        let kilobytes = Int(line.filter(\.isNumber))
      else { return nil }
      return kilobytes << 10
    #else
      var usage = rusage()
      guard field == "VmHWM:", getrusage(RUSAGE_SELF, &usage) == 0 else { return nil }
      return usage.ru_maxrss
    #endif
  }
}
