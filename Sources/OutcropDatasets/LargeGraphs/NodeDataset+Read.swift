import Foundation
import OutcropCore

extension NodeDataset {
  /// How to read a data set.
  public struct Options: Sendable {
    /// The folder for the cache file; nil keeps it in the data set's folder, as `.outcrop-cache`.
    /// Needed when that folder is not writable.
    public var cacheFolder: String?
    /// The folder under `split`.
    public var split: String
    /// Called with a description of each step that takes a noticeable time.
    public var progress: (@Sendable (String) -> Void)?

    /// Options with the given values.
    public init(
      cacheFolder: String? = nil, split: String = "species",
      progress: (@Sendable (String) -> Void)? = nil
    ) {
      self.cacheFolder = cacheFolder
      self.split = split
      self.progress = progress
    }
  }

  /// Whether a folder (or `ogbn_proteins` or `proteins` in it) has the layout that `read` expects.
  public static func isPresent(at folder: String) -> Bool { NodeFolder.isPresent(at: folder) }

  /// Reads a folder in the layout of ogbn-proteins, through a cache.
  ///
  /// Files, each also without `.gz`: `raw/edge.csv.gz` (two nodes a line, every undirected edge
  /// once), `raw/edge-feat.csv.gz` (scores, a line for each edge; optional),
  /// `raw/num-node-list.csv.gz` and `raw/num-edge-list.csv.gz` (one number each),
  /// `raw/node_species.csv.gz` (optional), `raw/node-label.csv.gz` (0, 1 or nan, separated by
  /// commas) and `split/species/{train,valid,test}.csv.gz` (a node a line, no node twice).
  ///
  /// The first call reads the text and writes a cache file; later calls map that file, which takes
  /// about a second at any size. The cache stores the format's version, and the size, modification time
  /// and checksum of each source. It is written again if one of them differs (if only the time differs,
  /// the checksum decides), or if the cache's own checksums do not match. It is synced and renamed when
  /// complete. Temporary files of killed processes in its folder (`.outcrop-….tmp`) are removed when a
  /// cache is next written. The cache has about 16 bytes per edge, and 2 more for each score (4 if scores
  /// are not multiples of 1/1000). Writing it needs about 8 bytes of memory per edge and another 200 MB.
  ///
  /// - Throws: `InputError` with file and line for content that differs from this description.
  public static func read(_ folder: String, options: Options = Options()) throws -> NodeDataset {
    let start = ContinuousClock.now
    let files = try NodeFolder(folder, split: options.split)
    let cache = try cachePath(files, options)
    let sources = try files.sources()
    func open(rebuilt reason: String?) throws -> NodeDataset {
      try NodeCache.open(cache, files, sources) { header, parts in
        let loading = Loading(
          cacheFile: cache, cacheByteCount: parts.byteCount, rebuildReason: reason,
          seconds: start.duration(to: .now).inSeconds)
        return try NodeDataset(files, header, parts, loading)
      }
    }
    let reason: String
    do {
      return try open(rebuilt: nil)
    } catch let problem as CacheProblem {
      reason = problem.description
    }
    options.progress?("\(reason): reading \(files.path)")
    try NodeCache.build(cache, files, sources, options.progress ?? { _ in })
    do {
      return try open(rebuilt: reason)
    } catch let problem as CacheProblem {
      throw InputError(
        file: cache, found: "\(problem) directly after writing it",
        expected: "a reliable file system")
    }
  }

  private static func cachePath(_ files: NodeFolder, _ options: Options) throws -> String {
    let name = options.split == "species" ? "" : "-\(options.split)"
    guard let folder = options.cacheFolder else { return "\(files.path)/.outcrop-cache\(name)" }
    try SystemFiles.createFolder(folder)
    // One folder may hold the caches of many data sets.
    let place = URL(fileURLWithPath: files.path).standardizedFileURL.resolvingSymlinksInPath().path
    return
      "\(folder)/\(XXHash64.hexadecimal(XXHash64.digest(Array(place.utf8))))\(name).outcrop-cache"
  }

  private init(
    _ files: NodeFolder, _ header: CacheHeader, _ parts: NodeCache.Parts, _ loading: Loading
  ) throws {
    let metadata = try NodeMetadata.read(folder: files.path)
    let numbers = [
      header.nodeCount, header.edgeCount, header.scoreCount, header.targetCount,
      header.hasScoresInThousandths ? 1 : 0,
    ]
    let text = header.sections.map(\.checksum).joined() + "\(numbers) \(header.speciesValues)"
    self.init(
      name: metadata?.name ?? URL(fileURLWithPath: files.path).lastPathComponent,
      graph: parts.graph, species: parts.species, speciesValues: header.speciesValues,
      labels: parts.labels, targetCount: header.targetCount, train: parts.train,
      validation: parts.validation, test: parts.test, isSynthetic: metadata?.isSynthetic ?? false,
      sourceDescription: metadata?.sourceDescription ?? "ogbn-proteins layout, \(files.path)",
      checksum: XXHash64.hexadecimal(XXHash64.digest(Array(text.utf8))), loading: loading)
  }
}

/// The properties that the layout cannot store, in `dataset.json` of the same folder.
struct NodeMetadata: Codable {
  var name: String
  var isSynthetic: Bool
  var sourceDescription: String

  static func read(folder: String) throws -> NodeMetadata? {
    try DatasetMetadata.decode(folder, expected: "name, isSynthetic and sourceDescription")
  }
}
