import Foundation
import OutcropCore

/// The reference values that Scripts/attribution_truth.py computes.
let attributionTruth: JSONValue = {
  let url = Bundle.module.url(forResource: "Truth", withExtension: nil)!
    .appendingPathComponent("attribution.json")
  return try! JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: url))
}()
