import ArgumentParser
import Foundation
import Outcrop

struct DataFetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Download, check and unpack a published data set.",
    discussion: """
      NAMES
      \(PublishedDataset.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

      Downloads the official files with the system's `curl`, which uses its settings for proxies and \
      certificates. Checks the presence of all files and each archive member's size and CRC-32, reads \
      the data set and compares its counts. Only a complete data set is moved to DIR. ZINC is large: \
      the official 249,456 molecules (178 MB), of which the benchmark's index files select 12,000.

      EXAMPLES
        outcrop data fetch MUTAG
        outcrop data fetch ogbg-moltox21 --to ../data
        outcrop data fetch PROTEINS --base-url http://mirror.example/tu
      """)

  @Argument(help: ArgumentHelp("The data set.", valueName: "name"))
  var name: String

  @Option(
    name: .customLong("to"), help: ArgumentHelp("The folder for the data set.", valueName: "dir"))
  var folder = "data"

  @Option(
    name: .customLong("base-url"),
    help: ArgumentHelp(
      "A mirror with files of the same names, instead of the official servers.",
      valueName: "url"))
  var mirror: String?

  func validate() throws {
    if PublishedDataset.named(name) == nil {
      throw ValidationError(
        "no data set `\(name)` to fetch: expected one of "
          + PublishedDataset.all.map(\.name).joined(separator: ", "))
    }
    if let mirror, !mirror.hasPrefix("http://"), !mirror.hasPrefix("https://") {
      throw ValidationError("--base-url: found \(mirror), expected http://… or https://…")
    }
  }

  func run() throws {
    let dataset = PublishedDataset.named(name)!
    let target = URL(fileURLWithPath: folder).appendingPathComponent(dataset.folder)
    if DataFolders.exists(target.path) {
      throw InputError(
        file: target.relativePath, found: "a folder that already exists", expected: "a new path",
        hint: "describe it with `outcrop data info`, or rename it to fetch the data set again")
    }
    try SystemFiles.createFolder(folder)
    let result = try AtomicFolder(path: target.path)
    // Data sets are named by their folder, so the files are checked in a folder of the final name.
    let temporary = URL(fileURLWithPath: result.content).deletingLastPathComponent()
    let new = temporary.appendingPathComponent(dataset.folder)
    try SystemFiles.createFolder(new.path)
    for file in dataset.files {
      let url =
        mirror.map { ($0.hasSuffix("/") ? String($0.dropLast()) : $0) + "/" + file.name }
        ?? file.url
      try fetch(file, from: url, temporary, new)
    }
    let facts = try dataset.check(new.path)
    try FileManager.default.removeItem(atPath: result.content)
    try SystemFiles.move(new.path, to: result.content)
    // Fails if another process has created the folder in the meantime.
    try result.commit(replaces: false)
    print("\(target.relativePath): \(facts)")
    if dataset.counts.graphs != nil {
      Console.note("`outcrop data info \(target.relativePath)` describes it")
    }
  }

  private func fetch(
    _ file: PublishedDataset.File, from url: String, _ temporary: URL, _ new: URL
  ) throws {
    Console.note("fetching \(url)")
    let download = temporary.appendingPathComponent(file.name)
    let size = try Download.fetch(url, to: download.path)
    guard let members = file.members else {
      try SystemFiles.move(download.path, to: new.appendingPathComponent(file.name).path)
      return
    }
    do {
      try unpack(download, size, members, root: file.root, new)
    } catch let error as InputError where error.file == download.path {
      // The error names the URL, because the downloaded copy is deleted.
      throw InputError(error.kind, file: url, found: error.found, expected: error.expected)
    }
    try? FileManager.default.removeItem(at: download)
  }

  private func unpack(
    _ download: URL, _ size: Int, _ wanted: [String], root: String, _ new: URL
  ) throws {
    let archive = try ZipArchive(path: download.path)
    let names = Set(archive.members.map(\.name))
    let missing = wanted.filter { !names.contains("\(root)/\($0)") }
    if !missing.isEmpty {
      throw InputError(
        .missing, file: download.path,
        found: "no \(missing.map { "\(root)/\($0)" }.joined(separator: ", "))",
        expected: "the files of \(root)")
    }
    let total = archive.members.reduce(0) { $0 + $1.size }
    Console.note("unpacking \(archive.members.count) files, \(Download.megabytes(total))")
    for member in archive.members where member.name.hasPrefix(root + "/") {
      let place = new.appendingPathComponent(String(member.name.dropFirst(root.count + 1)))
      try SystemFiles.createFolder(place.deletingLastPathComponent().path)
      try archive.extract(member, to: place.path)
    }
  }
}
