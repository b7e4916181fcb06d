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
  /// - Throws: `InputError` for a part of another experiment, version, model or data set, for runs that were trained
  ///   otherwise than those of the same kind and label in another part, or from a seed that another part has, and
  ///   for parts with interventions: their means over seeds need the models.
  public static func merged(_ parts: [StudyResults], sources: [String]) throws -> StudyResults {
    guard var result = parts.first else {
      throw InputError(.missing, file: "parts of results", found: "none", expected: "at least one")
    }
    // A part in progress has no calibration yet, which is then left out of all.
    var parts = parts
    if parts.contains(where: { $0.unfinished != nil }) {
      for index in parts.indices {
        (parts[index].calibrations, parts[index].distributions) = (nil, nil)
      }
      result = parts[0]
    }
    func common(_ part: StudyResults) throws -> String {
      var part = part
      (part.runs, part.attributions, part.attacks) = ([], [], [])
      (part.dynamics, part.distributions) = (nil, part.distributions.map { _ in [] })
      part.unfinished = nil
      // The untrained models are the same in all parts, and the tested ones are added.
      part.calibrations = part.calibrations?.map { calibration in
        var calibration = calibration
        calibration.tests = []
        return calibration
      }
      (part.commandLine, part.date, part.machine) = ([], "", result.machine)
      return String(decoding: try part.json(), as: UTF8.self)
    }
    if let index = parts.firstIndex(where: { $0.interventions != nil }), parts.count > 1 {
      throw InputError(
        .unsupported, file: sources[index], field: "interventions",
        found: "interventions in a part of a study", expected: "a study of one process")
    }
    let expected = try common(result)
    for (part, source) in zip(parts, sources) where try common(part) != expected {
      throw InputError(
        file: source, found: "results of another experiment, version, model or data set",
        expected: "a part of the run to which \(sources[0]) belongs")
    }
    try checkRuns(of: parts, sources: sources)
    var groups = parts.map { $0.groups[...] }
    result.runs = []
    while groups.contains(where: { !$0.isEmpty }) {
      for index in groups.indices { result.runs += groups[index].popFirst() ?? [] }
    }
    result.attributions = parts.flatMap(\.attributions)
    result.attacks = parts.flatMap(\.attacks)
    if result.distributions != nil {
      result.distributions = parts.flatMap { $0.distributions ?? [] }
    }
    result.calibrations = result.calibrations.map { all in
      all.indices.map { index in
        var calibration = all[index]
        calibration.tests = parts.flatMap { $0.calibrations?[index].tests ?? [] }
        return calibration
      }
    }
    let unfinished = parts.flatMap { $0.unfinished ?? [] }
    result.unfinished = unfinished.isEmpty ? nil : unfinished
    result.dynamics = result.measuredDynamics
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
