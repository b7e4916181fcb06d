import Foundation
import OutcropCore
import OutcropGraph

/// Node-link JSON, as `networkx.node_link_data` and d3 write it: `{"directed": false, "multigraph": false,
/// "graph": {"label": 1}, "nodes": [{"id": 0, "type": "C"}, …], "links": [{"source": 0, "target": 1,
/// "weight": 0.5}, …]}`, where `links` may also be called `edges`.
///
/// Attributes of nodes and edges are features, labels and masks as the columns of `CSVDataset` are;
/// attributes of the graph (`"graph"`) are labels. A file holds one graph, one graph per line, or a list of
/// graphs.
public enum NodeLinkDataset {
  public typealias Options = TableOptions

  /// Reads a file, or a folder with the files `train`, `val` and `test`, found as those of
  /// `JSONLinesDataset` are.
  ///
  /// The name of a node (`id`, or `name` where nodes have none) is a number, a word, or anything that is
  /// written the same everywhere. Attributes that some nodes or edges lack are missing there. Lists of
  /// numbers are vectors, in which `null` and `NaN` are missing numbers; attributes that hold anything else are
  /// not used. Undirected edges become two directed ones each, except for an edge from a node to itself.
  ///
  /// - Returns: a `SingleGraphDataset` of one graph, or a `GraphDataset` of several, which have labels.
  /// - Throws: `InputError` with file, line and attribute for anything missing, malformed or inconsistent.
  public static func read(
    _ path: String, options: Options = Options()
  ) throws -> any ExampleDataset {
    guard let place = try JSONLinesFolder(path: path) else {
      throw InputError.noDataset(
        at: path,
        expected: "a file of node-link JSON, or a folder with train.json, val.json and test.json")
    }
    let reader = NodeLinkReader()
    for (index, file) in place.files.enumerated() {
      try reader.read(file, split: place.files.count == 1 ? nil : ["train", "val", "test"][index])
    }
    let tables = reader.tables()
    let dataset = TableDataset(
      nodes: tables.nodes, edges: tables.edges, graphs: tables.graphs, source: path,
      name: options.name ?? datasetName(path), format: "node-link JSON",
      isDirected: reader.isDirected, metadata: nil, options: options)
    return try dataset.make()
  }

  /// Whether a file of JSON begins with a graph in node-link form. Throws `InputError` where it cannot be
  /// read.
  static func isPresent(in file: String) throws -> Bool {
    let blocks = try TextBlocks(path: file)
    guard let block = try blocks.next(line: 1, mayBeEmpty: true) else { return false }
    var cursor = JSONCursor(block)
    _ = cursor.take(.openBracket)
    guard cursor.take(.openBrace) else { return false }
    var isLikely = false
    while let name = try? cursor.string(), (try? cursor.need(.colon)) != nil {
      switch String(decoding: name, as: UTF8.self) {
      case "nodes", "links": return true
      case "edge_index", "num_nodes": return false
      case "directed", "multigraph": isLikely = true
      default: break
      }
      // What begins with long attributes ends in the middle of one.
      guard (try? cursor.skipValue()) != nil, cursor.take(.comma) else { return isLikely }
    }
    return isLikely
  }
}
