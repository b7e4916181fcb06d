import ArgumentParser
import Foundation
import Outcrop

/// The part of an experiment's runs that one process takes: `2/8` is the second of eight. Of a list, part i has the
/// elements i, i + n, i + 2n and so on.
struct RunPart: ExpressibleByArgument, Equatable {
  /// From 1.
  let number: Int
  let count: Int

  init?(argument: String) {
    let words = argument.split(separator: "/", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Int($0) }
    guard words.count == 2, numbers.count == 2, 1...100_000 ~= numbers[1],
      1...numbers[1] ~= numbers[0]
    else { return nil }
    (number, count) = (numbers[0], numbers[1])
  }

  private init(number: Int, count: Int) { (self.number, self.count) = (number, count) }

  /// The part of this process where a launcher started several; nil for a process alone.
  static var ofRank: RunPart? {
    let communicator = Ranks.communicator
    return communicator.size == 1
      ? nil : RunPart(number: communicator.rank + 1, count: communicator.size)
  }

  func taken<Element>(of list: [Element]) -> [Element] {
    stride(from: number - 1, to: list.count, by: count).map { list[$0] }
  }

  /// The folder of this part's results.
  func folder(in output: String) -> String { "\(output)/part-\(number)-of-\(count)" }

  /// The folders of all parts.
  func folders(in output: String) -> [String] {
    (1...count).map { RunPart(number: $0, count: count).folder(in: output) }
  }

  /// The folders of the parts that lie in `output`, in their order; empty without any. Throws where some are
  /// missing.
  static func folders(in output: String) throws -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: output)) ?? []
    let parts = names.compactMap { name -> RunPart? in
      guard let match = name.wholeMatch(of: #/part-(\d+)-of-(\d+)/#) else { return nil }
      return RunPart(argument: "\(match.1)/\(match.2)")
    }
    guard let first = parts.first else { return [] }
    if let other = parts.first(where: { $0.count != first.count }) {
      throw InputError(
        file: output,
        found: "parts of a division into \(first.count) and of one into \(other.count)",
        expected: "parts of one division", hint: "remove the folders of one of them")
    }
    let missing = (1...first.count).filter { number in !parts.contains { $0.number == number } }
    if !missing.isEmpty {
      throw InputError(
        .missing, file: output,
        found:
          "\(parts.count) of \(first.count) parts, without \(missing.prefix(8).map { "\($0)" }.joined(separator: ", "))",
        expected: "all", hint: "run the missing ones with --shard")
    }
    return first.folders(in: output)
  }
}

extension RunPart {
  /// The help of the option `--shard`.
  static func help(_ what: String) -> ArgumentHelp {
    ArgumentHelp(
      "Take part i of n of the \(what), for jobs that run apart such as a Slurm array; results go to part-i-of-n in the output folder, and `outcrop report` merges them.",
      valueName: "i/n")
  }
}

extension StudyResults {
  /// The merged results of the parts in those folders.
  static func merged(partFolders folders: [String]) throws -> StudyResults {
    let files = folders.map { $0 + "/results.json" }
    return try merged(files.map { try StudyResults(path: $0) }, sources: files)
  }
}
