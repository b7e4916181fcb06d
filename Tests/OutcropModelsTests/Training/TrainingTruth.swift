import Foundation
import Testing

/// Values by PyTorch and SciPy; see `make_truth.py`.
struct TrainingTruth: Decodable, Sendable {
  struct AdamRun: Decodable, Sendable {
    let learningRate, weightDecay: Double
    let shapes: [[Int]]
    let start: [[Double]]
    let gradients: [[[Double]?]]
    let after: [[[Double]]]
  }

  struct PlateauRun: Decodable, Sendable {
    /// A number, or `nan` or `inf`.
    struct Loss: Decodable, Sendable {
      let value: Double
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
          value = Double(text)!
        } else {
          value = try container.decode(Double.self)
        }
      }
    }
    let losses: [Loss]
    let learningRate, factor: Double
    let patience: Int
    let rates: [Double]
  }

  struct Area: Decodable, Sendable {
    let scores, labels: [Float]
    let area: Double
  }

  let adam: [AdamRun]
  let plateau: [PlateauRun]
  let areas: [Area]

  static let values: TrainingTruth = {
    let url = Bundle.module.url(
      forResource: "training", withExtension: "json", subdirectory: "Truth")!
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try! decoder.decode(TrainingTruth.self, from: Data(contentsOf: url))
  }()
}
