import ArgumentParser
import Outcrop

extension MedianScope: ExpressibleByArgument {}

/// How activations are judged.
struct DetectionArguments: ParsableArguments {
  @Option(help: ArgumentHelp("A ratio above this is massive.", valueName: "x"))
  var threshold = 1000.0

  @Option(
    help: "Ratios are taken over the median of each edge's own features, or of the whole batch.")
  var median = MedianScope.edge

  func validate() throws {
    if !(threshold > 0) {
      throw ValidationError("--threshold: found \(threshold), expected more than 0")
    }
  }

  var options: DetectionOptions {
    var result = DetectionOptions()
    result.threshold = threshold
    result.median = median
    return result
  }
}
