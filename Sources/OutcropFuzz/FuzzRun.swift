import Foundation
import OutcropCore

/// The inputs of one reader, which are read in order, and the counts of their results.
struct FuzzRun {
  private let reader: FuzzReader
  private let folder: String
  private let seed: Int
  /// The digest of the data that are read from each seed; nil if the seed is rejected.
  private let digests: [String?]
  /// The number of the current input, in a mapped file.
  private let running: UnsafeMutableRawPointer
  private static let runningSize = 64

  private var (same, refused, other) = (0, 0, 0)
  private(set) var findings: [String] = []

  init(_ reader: FuzzReader, folder: String, seed: Int) throws {
    self.reader = reader
    self.folder = folder
    self.seed = seed
    try SystemFiles.createFolder(folder)
    let file = "\(folder)/running"
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0, ftruncate(descriptor, off_t(Self.runningSize)) == 0 else {
      throw InputError.system(file, "write")
    }
    defer { close(descriptor) }
    let mapped = mmap(nil, Self.runningSize, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let mapped, mapped != MAP_FAILED else { throw InputError.system(file, "map") }
    running = mapped
    digests = reader.seeds.map { files in
      let input = "\(folder)/input"
      try? FileManager.default.removeItem(atPath: input)
      try? write(files.mapValues { $0.bytes }, to: input)
      return try? reader.read(input)
    }
    if digests.allSatisfy({ $0 == nil }) {
      throw InputError(
        file: reader.name, found: "only rejected seeds", expected: "at least one that is read")
    }
  }

  /// Makes and reads the input number `number`.
  mutating func input(_ number: Int) throws {
    var mutation = Mutation(random: RandomGenerator(seed: UInt64(seed) << 32 ^ UInt64(number)))
    let which = mutation.below(reader.seeds.count)
    let seed = reader.seeds[which]
    var files = seed.mapValues { $0.bytes }
    for _ in 0...(mutation.below(4) == 0 ? 1 : 0) { change(&files, seed, &mutation) }
    let text = Array("\(number)\n".utf8)
    running.copyMemory(from: text, byteCount: text.count)
    let input = "\(folder)/input"
    removeFiles(input)
    try write(files, to: input)
    let before = peakBytes()
    do {
      let digest = try reader.read(input)
      if digest == digests[which] { same += 1 } else { other += 1 }
    } catch let error as InputError {
      refused += 1
      check(error, number)
    } catch {
      refused += 1
      report(number, "an error of another kind: \(error)")
    }
    let grown = peakBytes() - before
    let size = files.values.reduce(0) { $0 + $1.count }
    if grown > max(2 << 30, 100 * size) { report(number, "\(grown >> 20) MB for \(size) bytes") }
  }

  private func change(
    _ files: inout [String: [UInt8]], _ seed: FuzzReader.Seed, _ mutation: inout Mutation
  ) {
    let names = reader.target.map { [$0] } ?? seed.keys.sorted()
    let name = names[mutation.below(names.count)]
    guard let bytes = files[name] else { return }
    let change = reader.change?(&mutation, bytes)
    var changed = change ?? mutation.change(bytes, seed[name]!.form)
    if reader.mayBeCompressed, mutation.below(4) == 0, !name.hasSuffix(".gz"),
      name != "train.index", name != "dataset.json"
    {
      // Damage is inside the text or in the compressed bytes.
      let isOutside = mutation.below(3) == 0
      changed = (try? gzipMember(isOutside ? bytes : changed)) ?? []
      if isOutside { changed = mutation.change(changed, .binary) }
      files[name] = nil
      files[name + ".gz"] = changed
    } else {
      files[name] = changed
    }
    // Sometimes a file is missing.
    if mutation.below(200) == 0 { files[names[mutation.below(names.count)]] = nil }
  }

  /// Reports an error that does not name the file, does not state what was expected, or is the text of
  /// another library.
  private mutating func check(_ error: InputError, _ number: Int) {
    let text = error.description
    let places = [folder] + reader.places
    if !places.contains(where: error.file.hasPrefix) || error.found.isEmpty {
      report(number, "a refusal that names no place: \(text)")
    }
    if error.kind != .system, error.expected.isEmpty { report(number, "nothing expected: \(text)") }
    for word in ["Domain", "Optional(", "DecodingError", "dataCorrupted", "CodingKeys", "Swift."]
    where text.contains(word) {
      report(number, "words of others: \(text)")
    }
  }

  private mutating func report(_ number: Int, _ finding: String) {
    let kept = "\(folder)/finding-\(seed)-\(number)"
    try? FileManager.default.removeItem(atPath: kept)
    try? FileManager.default.copyItem(atPath: "\(folder)/input", toPath: kept)
    findings.append("\(finding) (input in \(kept))")
    if findings.count <= 20 { print("\(reader.name): \(findings[findings.count - 1])") }
  }

  /// Removes the files of the last input, but not its folders.
  private func removeFiles(_ folder: String) {
    for name in (try? SystemFiles.names(in: folder)) ?? [] {
      let path = "\(folder)/\(name)"
      if unlink(path) != 0 { removeFiles(path) }
    }
  }

  private func peakBytes() -> Int { ProcessMemory.peakBytes ?? 0 }

  func summary(seconds: Int) -> String {
    let count = same + refused + other
    let seeds = "\(digests.count { $0 != nil }) of \(digests.count) seeds are read"
    return "\(reader.name): \(seeds); \(count) inputs in \(seconds) s: \(same) read as before, "
      + "\(refused) refused, \(other) read otherwise, \(findings.count) findings; "
      + "peak \(peakBytes() >> 20) MB"
  }
}
