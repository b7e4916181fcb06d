import Foundation
import OutcropCore

/// The files of a folder in the layout of OGB's node property prediction (ogbn-proteins), each plain
/// or with `.gz`.
struct NodeFolder {
  let path: String
  let edges: String
  /// nil if edges have no scores.
  let scores: String?
  let nodeCount: String
  let edgeCount: String
  /// nil if nodes have no species.
  let species: String?
  let labels: String
  let train: String
  let validation: String
  let test: String

  /// Names without `.csv` or `.csv.gz`.
  private static let subfolders = ["", "/ogbn_proteins", "/proteins"]

  /// Whether `path`, or the folder that OGB creates in it, has this layout.
  static func isPresent(at path: String) -> Bool { root(path) != nil }

  /// Throws `InputError` naming the first file that is missing.
  init(_ path: String, split: String) throws {
    try checkFolder(path, expected: "a folder with raw/edge.csv.gz")
    let root = Self.root(path) ?? path
    func find(_ name: String) throws -> String {
      if let file = Self.existing(root, name) { return file }
      throw InputError(
        file: "\(root)/\(name).csv.gz", found: "no such file", expected: "that file, or \(name).csv"
      )
    }
    self.path = root
    edges = try find("raw/edge")
    nodeCount = try find("raw/num-node-list")
    edgeCount = try find("raw/num-edge-list")
    labels = try find("raw/node-label")
    scores = Self.existing(root, "raw/edge-feat")
    species = Self.existing(root, "raw/node_species")
    train = try find("split/\(split)/train")
    validation = try find("split/\(split)/valid")
    test = try find("split/\(split)/test")
  }

  /// All files, in a fixed order.
  var files: [String] {
    [edges, scores, nodeCount, edgeCount, species, labels, train, validation, test]
      .compactMap { $0 }
  }

  /// The current sizes and times of the files, without checksums.
  func sources() throws -> [CacheHeader.Source] {
    try files.map { file in
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: file),
        let size = attributes[.size] as? NSNumber,
        let modified = attributes[.modificationDate] as? Date
      else { throw InputError(file: file, found: "no such file", expected: "a readable file") }
      return CacheHeader.Source(
        name: String(file.dropFirst(path.count + 1)), byteCount: size.intValue,
        modified: Int((modified.timeIntervalSinceReferenceDate * 1e6).rounded()), checksum: "")
    }
  }

  private static func root(_ path: String) -> String? {
    subfolders.map { path + $0 }.first {
      existing($0, "raw/edge") != nil && existing($0, "raw/num-node-list") != nil
        && existing($0, "raw/node-label") != nil
    }
  }

  private static func existing(_ root: String, _ name: String) -> String? {
    ["\(root)/\(name).csv.gz", "\(root)/\(name).csv"].first {
      FileManager.default.fileExists(atPath: $0)
    }
  }
}
