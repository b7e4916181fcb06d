import OutcropCore
import OutcropGraph

/// The embedded data set `sample`: synthetic molecules in ZINC's encoding, for use without a
/// download. Results on it do not apply to real molecules.
public enum SampleDataset {
  /// Generates the data set. The same `seed` gives the same graphs on every platform.
  ///
  /// A larger training split begins with the graphs of a smaller one.
  public static func make(
    seed: UInt64 = 0,
    sizes: (train: Int, validation: Int, test: Int) = (train: 2000, validation: 250, test: 250)
  ) -> GraphDataset {
    require(
      sizes.train >= 0 && sizes.validation >= 0 && sizes.test >= 0,
      "SampleDataset.make: found sizes \(sizes), expected 0 or more")
    // The splits are distant, disjoint ranges of molecules.
    let generator = MoleculeGenerator(seed: seed)
    func graphs(_ split: Int, _ count: Int) -> [Graph] {
      generator.molecules(split << 32..<split << 32 + count)
    }
    return GraphDataset(
      name: "sample", train: graphs(0, sizes.train), validation: graphs(1, sizes.validation),
      test: graphs(2, sizes.test), isSynthetic: true, nodeTypeCount: ZINCEncoding.nodeTypeCount,
      edgeTypeCount: ZINCEncoding.edgeTypeNames.count, targetCount: 1, task: .regression,
      edgeTypeNames: ZINCEncoding.edgeTypeNames,
      sourceDescription: "synthetic molecules in ZINC's encoding with a target computed from "
        + "structure (generator seed \(seed))")
  }
}
