import ArgumentParser
import Outcrop

struct DataGenerateBarbellCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "barbell",
    abstract: "Write barbell graphs, cliques joined by a path, as TUDataset text.",
    discussion: """
      A graph has two cliques of 5 to 12 nodes, joined by a path of 0 to 6 further nodes. Edges of cliques \
      (95% of all) have type 1, edges of paths type 2. Each clique has a random share of nodes of type 1; all \
      other nodes are of type 0. The task is regression: the difference of the two shares plus a tenth of the \
      number of bonds of the path, so that a model must count within cliques and compare across the path. The \
      graphs are for asking which edges carry massive activations: the many inside cliques or the few between \
      them. The same seed gives the same graphs on every machine.

      EXAMPLES
        outcrop data generate barbell my-barbells
        outcrop data generate barbell mine --train 5000 --seed 7
        outcrop study --dataset my-barbells --attribution
      """)

  @OptionGroup var graphs: GeneratedGraphOptions

  func run() throws {
    try graphs.write("barbell graphs") { seed, sizes in
      BarbellGenerator(seed: seed).dataset(sizes: sizes)
    }
  }
}
