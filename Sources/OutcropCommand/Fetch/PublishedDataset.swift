import Outcrop

/// A data set that can be downloaded: the addresses of its files and their expected contents.
struct PublishedDataset {
  /// One file to download.
  struct File {
    let url: String
    /// For an archive: the folder that contains all members, and the members that must exist.
    var root = ""
    var members: [String]?

    var name: String { String(url.split(separator: "/").last ?? "") }
  }

  /// The published sizes, which are checked before the data set is moved to its folder. Edges are directed,
  /// as in a model's input; those of one large graph are counted as stored.
  struct Counts: Equatable {
    var graphs: [Int]?
    var nodes: Int
    var edges: Int
  }

  let name: String
  let summary: String
  /// The name of the data set's folder.
  let folder: String
  let files: [File]
  let counts: Counts

  static func named(_ name: String) -> PublishedDataset? {
    let wanted = name.lowercased().replacing("_", with: "-")
    return all.first { $0.name.lowercased() == wanted }
  }

  /// Reads the data set in `folder` and compares its sizes with the published ones. Returns a
  /// description of the sizes.
  func check(_ folder: String) throws -> String {
    guard let graphs = counts.graphs else {
      let found = try OGBDataset.counts(folder)
      try compare(folder, Counts(nodes: found.nodes, edges: found.edges))
      return "\(found.nodes) nodes, \(found.edges) edges"
    }
    let dataset = try GraphDataset.read(from: folder)
    let parts = [dataset.train, dataset.validation, dataset.test]
    let found = Counts(
      graphs: graphs.count == 1 ? [dataset.graphCount] : parts.map(\.count),
      nodes: parts.joined().reduce(0) { $0 + $1.nodeCount },
      edges: parts.joined().reduce(0) { $0 + $1.edgeCount })
    try compare(folder, found)
    return "\(dataset.train.count) + \(dataset.validation.count) + \(dataset.test.count) graphs, "
      + "\(found.nodes) nodes, \(found.edges) directed edges, checksum \(dataset.checksum)"
  }

  private func compare(_ folder: String, _ found: Counts) throws {
    if found == counts { return }
    func text(_ counts: Counts) -> String {
      (counts.graphs.map { $0.map(String.init).joined(separator: " + ") + " graphs, " } ?? "")
        + "\(counts.nodes) nodes, \(counts.edges) edges"
    }
    throw InputError(file: name, found: text(found), expected: "\(text(counts)), as published")
  }

  static let all = [
    tuDataset(
      "MUTAG", "mutagenicity of 188 compounds (TUDataset)",
      ["A", "graph_indicator", "graph_labels", "node_labels", "edge_labels"],
      Counts(graphs: [188], nodes: 3371, edges: 7442)),
    tuDataset(
      "PROTEINS", "1,113 proteins, enzymes or not (TUDataset)",
      ["A", "graph_indicator", "graph_labels", "node_labels", "node_attributes"],
      Counts(graphs: [1113], nodes: 43471, edges: 162_088)),
    PublishedDataset(
      name: "ZINC", summary: "12,000 molecules of the benchmark's subset (Hugging Face hub)",
      folder: "ZINC",
      files: ["train", "val", "test"].map { split in
        File(
          url: "https://huggingface.co/datasets/graphs-datasets/ZINC/resolve/main/\(split).jsonl")
      }
        + ["train", "val", "test"].map { split in
          File(
            url: "https://raw.githubusercontent.com/graphdeeplearning/benchmarking-gnns/master/"
              + "data/molecules/\(split).index")
        },
      counts: Counts(graphs: [10000, 1000, 1000], nodes: 277_864, edges: 597_970)),
    PublishedDataset(
      name: "ogbg-moltox21", summary: "7,831 molecules with 12 toxicity labels (OGB)",
      folder: "ogbg_moltox21",
      files: [
        File(
          url: "http://snap.stanford.edu/ogb/data/graphproppred/csv_mol_download/tox21.zip",
          root: "tox21",
          members: [
            "edge", "edge-feat", "node-feat", "num-node-list", "num-edge-list",
            "graph-label",
          ].map { "raw/\($0).csv.gz" }
            + ["train", "valid", "test"].map { "split/scaffold/\($0).csv.gz" })
      ],
      counts: Counts(graphs: [7831], nodes: 145_459, edges: 302_190)),
    PublishedDataset(
      name: "ogbn-proteins", summary: "one graph of 132,534 proteins with 112 labels (OGB)",
      folder: "ogbn_proteins",
      files: [
        File(
          url: "http://snap.stanford.edu/ogb/data/nodeproppred/proteins.zip", root: "proteins",
          members: [
            "edge", "edge-feat", "num-node-list", "num-edge-list", "node-label",
            "node_species",
          ].map { "raw/\($0).csv.gz" }
            + ["train", "valid", "test"].map { "split/species/\($0).csv.gz" })
      ],
      counts: Counts(graphs: nil, nodes: 132_534, edges: 39_561_252)),
  ]

  private static func tuDataset(
    _ name: String, _ summary: String, _ suffixes: [String], _ counts: Counts
  ) -> PublishedDataset {
    PublishedDataset(
      name: name, summary: summary, folder: name,
      files: [
        File(
          url: "https://www.chrsmrrs.com/graphkerneldatasets/\(name).zip", root: name,
          members: suffixes.map { "\(name)_\($0).txt" })
      ], counts: counts)
  }
}
