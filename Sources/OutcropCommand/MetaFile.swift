import Foundation
import Outcrop
import Yams

/// `meta.yaml` of DGL's `CSVDataset`, which names the tables of a folder.
struct MetaFile {
  let files: CSVDataset.Files
  let name: String?

  private struct Content: Decodable {
    struct Table: Decodable {
      var file_name: String
      var ntype: String?
      var etype: [String]?
    }

    var dataset_name: String?
    var separator: String?
    var edge_data: [Table]?
    var node_data: [Table]?
    var graph_data: Table?
  }

  /// Nil without the file, or where it names no tables of edges. Throws `InputError` for a malformed file.
  init?(folder: String) throws {
    let file = "\(folder)/meta.yaml"
    guard DataFolders.isFolder(folder), let data = try SystemFiles.readIfPresent(file) else {
      return nil
    }
    func fault(_ found: String, field: String? = nil) -> InputError {
      InputError(
        file: file, field: field, found: found,
        expected:
          "dataset_name, edge_data, node_data and graph_data with file_name, as DGL writes it")
    }
    guard data.count < 1 << 20 else { throw fault("\(data.count) bytes") }
    let content: Content
    do {
      content = try YAMLDecoder().decode(Content.self, from: data)
    } catch let error as DecodingError {
      throw fault(Self.text(error))
    } catch let error as YamlError {
      let line = "\(error)".split(separator: "\n").first.map(String.init) ?? "no reason given"
      throw fault("text that is not YAML (\(quoted(line)))")
    }
    guard let edges = content.edge_data, !edges.isEmpty else { return nil }
    let nodes = content.node_data ?? []
    func path(_ table: Content.Table) -> String { "\(folder)/\(table.file_name)" }
    if let separator = content.separator, separator.count != 1 {
      throw fault(quoted(separator), field: "separator")
    }
    let (nodeTypes, edgeTypes) = (
      nodes.map { $0.ntype ?? "_V" }, edges.map { $0.etype?.joined(separator: " ") ?? "_E" }
    )
    // Names of types say something where there are several.
    files = CSVDataset.Files(
      edges: edges.map(path), nodes: nodes.map(path), graphs: content.graph_data.map(path),
      edgeTypes: Set(edgeTypes).count > 1 ? edgeTypes : nil,
      nodeTypes: Set(nodeTypes).count > 1 ? nodeTypes : nil,
      separator: content.separator?.first)
    name = content.dataset_name
  }

  private static func text(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "no \(key.stringValue)"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "another type of value in "
        + context.codingPath.map(\.stringValue).joined(separator: ", ")
    default: "something else than such a file"
    }
  }
}
