import OutcropCore

extension StudyResults.Run {
  /// What tells the runs of one arm from all others.
  struct ArmName: Hashable {
    let kind: Kind
    let label: String
  }

  var armName: ArmName { ArmName(kind: kind, label: label) }

  /// The first setting, by name, that differs from that of another run; nil if none does. Of runs without
  /// settings, in files of earlier versions, the first learning rate is compared.
  func difference(
    from other: Self
  ) -> (field: String, found: String, expected: String)? {
    if settings == nil, other.settings == nil {
      guard let own = history.first?.learningRate,
        let rate = other.history.first?.learningRate, own != rate
      else { return nil }
      return ("history[0].learningRate", "\(own)", "\(rate)")
    }
    if settings == other.settings { return nil }
    guard let settings, let others = other.settings else {
      func text(_ run: Self) -> String { run.settings == nil ? "no settings" : "settings" }
      return ("settings", text(self), text(other))
    }
    func text(_ setting: StudyResults.Setting?) -> String {
      setting.map(StudyContent.text) ?? "nothing"
    }
    return Set(settings.keys).union(others.keys).sorted().first { settings[$0] != others[$0] }
      .map { ("settings.\($0)", text(settings[$0]), text(others[$0])) }
  }
}

extension StudyResults {
  /// Whether the runs that have the same kind and label in both results were trained alike.
  static func areTrainedAlike(_ first: StudyResults, _ second: StudyResults) -> Bool {
    let known = Dictionary(first.runs.map { ($0.armName, $0) }) { one, _ in one }
    return second.runs.allSatisfy { run in
      known[run.armName].map { run.difference(from: $0) == nil } ?? true
    }
  }

  /// Throws `InputError` if a run of a part was trained otherwise than the same arm of an earlier part, or has its
  /// seed.
  static func checkRuns(of parts: [StudyResults], sources: [String]) throws {
    struct Name: Hashable {
      let arm: Run.ArmName
      let seed: UInt64?
    }
    var arms: [Run.ArmName: (part: Int, run: Run)] = [:]
    var seeds: [Name: Int] = [:]
    for (part, results) in parts.enumerated() {
      for (index, run) in results.runs.enumerated() {
        func error(_ field: String, _ found: String, _ expected: String) -> InputError {
          InputError(
            file: sources[part], field: "runs[\(index)].\(field)",
            found: "\(found) for “\(run.label)”", expected: expected)
        }
        let other = arms[run.armName, default: (part, run)]
        arms[run.armName] = other
        if let (field, found, expected) = run.difference(from: other.run) {
          throw error(field, found, "\(expected), as in \(sources[other.part])")
        }
        guard let seed = run.seed else { continue }
        let name = Name(arm: run.armName, seed: seed)
        if let earlier = seeds[name], earlier != part {
          throw error("seed", "\(seed)", "a seed that is not in \(sources[earlier])")
        }
        seeds[name] = part
      }
    }
  }
}
