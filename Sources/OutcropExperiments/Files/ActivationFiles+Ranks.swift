import Foundation
import OutcropCore
import OutcropReport
import OutcropStatistics

extension ActivationFiles {
  /// What is known of one layer, as it is sent.
  private struct Sent<Content: Codable>: Codable {
    let number: Int
    let content: Content
  }

  /// The results of all layers, in the order given, each computed on one rank; nil in a process alone, which computes
  /// each when it is needed.
  ///
  /// - Parameter sharesSummaries: whether other ranks need the summary of a layer, which is some megabytes.
  func sharedResults(
    of layers: [Layer], sharesSummaries: (Layer) -> Bool
  ) throws -> [LayerResult]? {
    if communicator.size == 1 { return nil }
    let sizes = layers.map { $0.matrix.rowCount * $0.matrix.width }
    // The largest first, each to the rank with the least work.
    var loads = Array(repeating: 0, count: communicator.size)
    var own: [Int] = []
    for number in layers.indices.sorted(by: { (-sizes[$0], $0) < (-sizes[$1], $1) }) {
      let rank = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) }!
      loads[rank] += max(1, sizes[number])
      if rank == communicator.rank { own.append(number) }
    }
    var summaries: [Int: ActivationSummary] = [:]
    for number in own {
      summaries[number] = try layers[number].matrix.summary(
        detection.summaryOptions, medians: detection.medians)
    }
    let needed = own.filter { sharesSummaries(layers[$0]) }
    for (number, summary) in try gather(needed, { summaries[$0]! }) { summaries[number] = summary }
    var untrained: [String: ActivationSummary] = [:]
    for (number, layer) in layers.enumerated() where layer.isBase {
      untrained[layer.matrix.name] = summaries[number]
    }
    // The fits take longer than the passes over the values.
    var results = try gather(own) { number in
      let layer = layers[number]
      var result = try result(
        of: layer.matrix, RowNames(layer.matrix), summaries[number]!,
        layer.counterpart.flatMap { untrained[$0] })
      result.summary = nil
      return result
    }
    return layers.indices.map { number in
      results[number]!.summary = summaries[number]
      return results[number]!
    }
  }

  /// What each rank computes for its numbers, by number on every rank. JSON holds all bits.
  private func gather<Content: Codable>(
    _ own: [Int], _ compute: (Int) throws -> Content
  ) throws -> [Int: Content] {
    let sent = try own.map { Sent(number: $0, content: try compute($0)) }
    let all = try communicator.gather(Array(try JSON.encode(sent))).enumerated().flatMap {
      rank, text in
      rank == communicator.rank
        ? sent
        : try JSON.decode(
          [Sent<Content>].self, from: Data(text), file: "the layers of rank \(rank)")
    }
    return Dictionary(uniqueKeysWithValues: all.map { ($0.number, $0.content) })
  }
}
