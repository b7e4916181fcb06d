import Foundation
import OutcropCore
import OutcropStatistics

extension ActivationFiles {
  /// The summary of one matrix, as it is sent.
  private struct Sent: Codable {
    let number: Int
    let summary: ActivationSummary
  }

  /// The summaries of all matrices, by their number in the order given, each computed on one rank; nil in a process
  /// alone, which computes each when it is needed. A summary's JSON holds all of its bits.
  func sharedSummaries(_ matrices: @autoclosure () throws -> [ActivationMatrix]) throws
    -> [ActivationSummary]?
  {
    if communicator.size == 1 { return nil }
    let matrices = try matrices()
    let sizes = matrices.map { $0.rowCount * $0.width }
    // The largest first, each to the rank with the least work.
    var loads = Array(repeating: 0, count: communicator.size)
    var own: [Sent] = []
    for number in matrices.indices.sorted(by: { (-sizes[$0], $0) < (-sizes[$1], $1) }) {
      let rank = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) }!
      loads[rank] += max(1, sizes[number])
      if rank == communicator.rank {
        own.append(
          Sent(
            number: number,
            summary: try matrices[number].summary(
              detection.summaryOptions, medians: detection.medians)))
      }
    }
    let all = try communicator.gather(Array(try JSON.encode(own))).enumerated().flatMap {
      try JSON.decode([Sent].self, from: Data($1), file: "the summaries of rank \($0)")
    }
    return all.sorted { $0.number < $1.number }.map(\.summary)
  }
}
