extension StudyResults {
  /// What noise of one size on the node and edge embeddings does to one model.
  ///
  /// Noise has the same shape and standard deviation in both ways; the optimised one was moved by gradient
  /// ascent on the loss, with the model frozen.
  public struct Attack: Codable, Sendable, Equatable {
    /// The model's ``Run/label`` and seed.
    public var label: String
    public var seed: UInt64?
    /// Standard deviation of the noise, in units of the embeddings.
    public var deviation: Double
    /// Mean loss over the attacked examples without noise.
    public var cleanLoss: Double
    /// Mean loss with each draw of random noise.
    public var randomLosses: [Double]
    /// Mean loss with the optimised noise that started from each of these draws.
    public var optimisedLosses: [Double]
    /// Steps of gradient ascent.
    public var steps: Int
    /// Examples attacked.
    public var examples: Int

    /// Creates the value from its fields.
    public init(
      label: String, seed: UInt64?, deviation: Double, cleanLoss: Double, randomLosses: [Double],
      optimisedLosses: [Double], steps: Int, examples: Int
    ) {
      self.label = label
      self.seed = seed
      self.deviation = deviation
      self.cleanLoss = cleanLoss
      self.randomLosses = randomLosses
      self.optimisedLosses = optimisedLosses
      self.steps = steps
      self.examples = examples
    }

    /// Mean optimised loss over mean random loss, minus 1.
    public var gain: Double {
      let optimised = optimisedLosses.reduce(0, +) / Double(optimisedLosses.count)
      let random = randomLosses.reduce(0, +) / Double(randomLosses.count)
      return optimised / random - 1
    }
  }
}
