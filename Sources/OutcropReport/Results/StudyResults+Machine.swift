import Foundation
import OutcropCore

extension StudyResults.Machine {
  /// The machine that this process runs on.
  public static var current: StudyResults.Machine {
    let process = ProcessInfo.processInfo
    return StudyResults.Machine(
      cores: process.activeProcessorCount, threads: ThreadPool.threadCount,
      cpu: cpuName ?? "unknown", memoryMB: Double(process.physicalMemory) / 0x1p20,
      system: process.operatingSystemVersionString)
  }

  private static var cpuName: String? {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
      return nil
    }
    return text.split(separator: "\n").first { $0.hasPrefix("model name") }
      .flatMap { $0.split(separator: ":", maxSplits: 1).last }
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
