extension GraphDataset {
  public func addingLaplacianSpectrum(count: Int) -> GraphDataset { self }
  public func addingRandomWalkEncoding(steps: Int) -> GraphDataset { self }
  public func addingAllPairs() -> GraphDataset { self }
  public func addingDiffusionWeights(gamma: Double, steps: Int) -> GraphDataset { self }
}
