extension StudyResults {
  /// The effect of noise of one size on the node and edge embeddings of one model.
  ///
  /// Random and optimized noise have the same shape and standard deviation; the optimized noise results
  /// from gradient ascent on the loss, with the model frozen.
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
    /// Mean loss with the noise that was optimized from each of these draws.
    public var optimizedLosses: [Double]
    /// Steps of gradient ascent.
    public var steps: Int
    /// Examples attacked.
    public var examples: Int

    /// Creates the value from its fields.
    public init(
      label: String, seed: UInt64?, deviation: Double, cleanLoss: Double, randomLosses: [Double],
      optimizedLosses: [Double], steps: Int, examples: Int
    ) {
      self.label = label
      self.seed = seed
      self.deviation = deviation
      self.cleanLoss = cleanLoss
      self.randomLosses = randomLosses
      self.optimizedLosses = optimizedLosses
      self.steps = steps
      self.examples = examples
    }

    /// Mean optimized loss over mean random loss, minus 1.
    public var gain: Double {
      let optimized = optimizedLosses.reduce(0, +) / Double(optimizedLosses.count)
      let random = randomLosses.reduce(0, +) / Double(randomLosses.count)
      return optimized / random - 1
    }
  }
}
