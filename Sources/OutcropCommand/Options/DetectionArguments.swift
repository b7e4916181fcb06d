import ArgumentParser
import Outcrop

/// The value of `--median`.
enum MedianChoice: String, ExpressibleByArgument, CaseIterable {
  case both, row, batch

  /// `edge` is the paper's name of the row median.
  init?(argument: String) {
    self.init(rawValue: argument == "edge" ? "row" : argument)
  }

  var medians: [MedianKind] {
    switch self {
    case .both: MedianKind.allCases
    case .row: [.row]
    case .batch: [.batch]
    }
  }
}

/// Options for medians.
struct MedianArguments: ParsableArguments {
  @Option(
    help:
      "The median by which activations are divided: that of each row (edge or node; `edge` means the same), that of each batch, or both."
  )
  var median = MedianChoice.both
}

/// Options for detecting massive activations.
struct DetectionArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "An activation is massive if its ratio to the median exceeds this number.", valueName: "x"))
  var threshold: DecimalNumber = 1000.0

  @OptionGroup var median: MedianArguments

  func validate() throws {
    if !DetectionOptions.isThreshold(threshold.value) {
      throw ValidationError(
        "--threshold: found \(threshold.value), expected \(DetectionOptions.expectedThreshold)")
    }
  }

  var options: DetectionOptions {
    var result = DetectionOptions()
    result.threshold = threshold.value
    result.medians = median.median.medians
    return result
  }
}
