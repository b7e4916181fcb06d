import OutcropCore

extension StudyResults {
  /// The results of one experiment whose runs several processes took in turn: part p of n has runs p, p + n,
  /// p + 2n and so on; of a study, all runs of every such seed.
  ///
  /// The runs of the result are in the order of one process. Its date is the latest, its machine and command are
  /// those of the first part.
  ///
  /// - Parameters:
  ///   - parts: the results, in the order of the parts; at least one.
  ///   - sources: the name of each for errors.
  /// - Throws: `InputError` for a part of another experiment, version, model or data set.
  public static func merged(_ parts: [StudyResults], sources: [String]) throws -> StudyResults {
    guard var result = parts.first else {
      throw InputError(.missing, file: "parts of results", found: "none", expected: "at least one")
    }
    func common(_ part: StudyResults) throws -> String {
      var part = part
      (part.runs, part.attributions, part.attacks) = ([], [], [])
      (part.commandLine, part.date, part.machine) = ([], "", result.machine)
      return String(decoding: try part.json(), as: UTF8.self)
    }
    let expected = try common(result)
    for (part, source) in zip(parts, sources) where try common(part) != expected {
      throw InputError(
        file: source, found: "results of another experiment, version, model or data set",
        expected: "a part of the same as \(sources[0])")
    }
    var groups = parts.map { $0.groups[...] }
    result.runs = []
    while groups.contains(where: { !$0.isEmpty }) {
      for index in groups.indices { result.runs += groups[index].popFirst() ?? [] }
    }
    result.attributions = parts.flatMap(\.attributions)
    result.attacks = parts.flatMap(\.attacks)
    result.date = parts.map(\.date).max()!
    return result
  }

  /// The runs that one process takes together.
  private var groups: [[Run]] {
    if experiment == .sweep { return runs.map { [$0] } }
    var groups: [[Run]] = []
    for run in runs {
      if let last = groups.last, last[0].seed == run.seed {
        groups[groups.count - 1].append(run)
      } else {
        groups.append([run])
      }
    }
    return groups
  }
}
