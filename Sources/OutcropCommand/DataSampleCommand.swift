import ArgumentParser
import Foundation
import Outcrop

struct DataSampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draw neighborhoods from a large graph; show their sizes and the time of drawing.",
    discussion: """
      Reads a folder in the layout of ogbn-proteins, then draws batches of training nodes with their \
      neighborhoods, one block for each layer, as training does. Helps to choose batch size and \
      fan-outs: the memory and time of a training step grow with the nodes and edges of the blocks.

      EXAMPLES
        outcrop data sample my-proteins
        outcrop data sample my-proteins --batch 128 --fan-outs 10,10,10
      """)

  @Argument(
    help: ArgumentHelp("A folder in the layout of ogbn-proteins.", valueName: "dir"))
  var folder: String

  @Option(help: ArgumentHelp("The number of training nodes in a batch.", valueName: "n"))
  var batch = 512

  @Option(
    help: ArgumentHelp(
      "The largest number of edges into a node that each layer draws, from the first layer on; "
        + "`all` for no limit.", valueName: "list"))
  var fanOuts = "5,10,15"

  @Option(help: ArgumentHelp("The number of batches to draw.", valueName: "n"))
  var batches = 20

  @Option(help: ArgumentHelp("The seed of the draws.", valueName: "n"))
  var seed: UInt64 = 0

  func validate() throws {
    _ = try numbers()
    for (name, value) in [("batch", batch), ("batches", batches)]
    where !(1...1_000_000 ~= value) {
      throw ValidationError("--\(name): found \(value), expected 1 ... 1000000")
    }
  }

  private func numbers() throws -> [Int] {
    try fanOuts.split(separator: ",", omittingEmptySubsequences: false).map {
      let text = $0.trimmingCharacters(in: .whitespaces)
      if text == "all" { return NeighborSampler.allNeighbors }
      guard let number = Int(text), number >= 1 else {
        throw ValidationError(
          "--fan-outs: found \(fanOuts), expected decimal numbers such as 5,10,15")
      }
      return number
    }
  }

  func run() throws {
    let dataset = try NodeDataset.read(folder, options: .init(progress: { Console.note($0) }))
    if let loading = dataset.loading {
      Console.note(String(format: "read in %.2f s", loading.seconds))
    }
    let source = SampledNodes(dataset, .train, fanOuts: try numbers())
    guard source.exampleCount > 0 else {
      throw InputError(
        file: folder, found: "no training nodes", expected: "at least one training node",
        hint: "split/species/train.csv.gz lists them")
    }
    var order = RandomGenerator(seed: seed)
    let layers = source.sampler.fanOuts.count
    var (nodes, edges) = ([Int](repeating: 0, count: layers), [Int](repeating: 0, count: layers))
    var outputs = 0
    var times: [Double] = []
    for index in 0..<batches {
      let examples = order.permutation(source.exampleCount).prefix(batch)
      let start = ContinuousClock.now
      let drawn = source.batch(examples, seed: seed &+ UInt64(index))
      times.append(start.duration(to: .now).inSeconds)
      outputs += drawn.labeledCount
      for (layer, block) in drawn.blocks.enumerated() {
        nodes[layer] += block.edges.sourceCount
        edges[layer] += block.edges.edgeCount
      }
    }
    for layer in 0..<layers {
      print(
        "layer \(layer): \(nodes[layer] / batches) nodes in, "
          + "\((layer + 1 < layers ? nodes[layer + 1] : outputs) / batches) out, "
          + "\(edges[layer] / batches) edges")
    }
    times.sort()
    print(
      String(
        format: "a batch takes %.1f ms (median of %d; %.1f ... %.1f)", times[batches / 2] * 1e3,
        batches, times[0] * 1e3, times[batches - 1] * 1e3))
    if let peak = ProcessMemory.peakBytes {
      Console.note(String(format: "peak memory %.0f MB", Double(peak) / 1e6))
    }
  }
}
