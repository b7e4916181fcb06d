import ArgumentParser
import Foundation
import Outcrop

struct DataGenerateProteinsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proteins",
    abstract: "Write a synthetic graph in the layout of ogbn-proteins.",
    discussion: """
      The graph has nodes of 8 species in modules, edges with 8 scores, and 112 labels that depend \
      on a node's neighborhood. It is split by species. The default size is a sixteenth of \
      ogbn-proteins, which has 132534 nodes and 39561252 edges. The files have OGB's layout \
      (raw/edge.csv.gz and so on), so that OGB's programs can read them. The proteins are synthetic: \
      results on them do not apply to real proteins.

      EXAMPLES
        outcrop data generate proteins my-proteins
        outcrop data generate proteins big --nodes 132534 --edges 39561252
        outcrop data info my-proteins
      """)

  @Argument(help: ArgumentHelp("The folder to make.", valueName: "dir"))
  var folder: String

  @Option(help: ArgumentHelp("The generator's seed.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("The number of nodes.", valueName: "n"))
  var nodes = 8_283

  @Option(help: ArgumentHelp("The number of undirected edges.", valueName: "n"))
  var edges = 2_472_578

  @Flag(help: "Replace a graph that this program wrote.")
  var overwrite = false

  func validate() throws {
    guard (16..<Int(Int32.max)).contains(nodes) else {
      throw ValidationError("--nodes: found \(nodes), expected 16 ..< \(Int32.max)")
    }
    let most = min(ProteinGenerator.largestEdgeCount(nodeCount: nodes), Int(UInt32.max) - 1)
    guard (0...most).contains(edges) else {
      throw ValidationError(
        "--edges: found \(edges), expected 0 ... \(most) among \(nodes) nodes")
    }
  }

  func run() throws {
    try Outputs.checkFolder(folder)
    let start = ContinuousClock.now
    Console.note("generating a graph of \(nodes) nodes and \(edges) edges (seed \(seed))")
    let generator = ProteinGenerator(nodeCount: nodes, edgeCount: edges, seed: seed)
    let name = URL(fileURLWithPath: folder).lastPathComponent
    var shown = 0
    try generator.write(to: folder, name: name, overwrite: overwrite) { written in
      let tenths = written * 10 / max(edges, 1)
      if tenths > shown {
        Console.note("\(tenths * 10)% (\(written) edges)")
        shown = tenths
      }
    }
    let elapsed = start.duration(to: .now).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    print("\(folder): \(nodes) nodes and \(edges) edges, synthetic, split by species")
    Console.note(String(format: "written in %.1f s", seconds))
    Console.note("`outcrop data info \(folder)` describes it")
  }
}
