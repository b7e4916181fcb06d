/// When massive activations come and go.
extension StudyContent {
  /// The part of training in which an arm holds massive activations in any layer, by each median.
  func dynamicsSentence(_ arm: StudyResults.Arm) -> String? {
    let found = medians.compactMap { median -> (time: String?, name: String)? in
      // The first is that of any layer.
      arm.dynamics(by: median).first.map { (time: Self.time($0), name: median.name) }
    }
    guard !found.isEmpty else { return nil }
    let times = found.compactMap(\.time)
    if times.isEmpty {
      return "“\(arm.label)” holds no massive activation at any analyzed epoch."
    }
    let start = "“\(arm.label)” holds massive activations "
    if found.count > 1, times.count == found.count, Set(times).count == 1 {
      return "By both medians, \(start)in most analyzed epochs \(times[0])."
    }
    let clauses = found.enumerated().map { index, one -> String in
      if index == 0 {
        let time = one.time.map { "in most analyzed epochs \($0)" }
        return "By the \(one.name), \(start)\(time ?? "in none of the analyzed epochs")"
      }
      let isFirstTime = found[..<index].allSatisfy { $0.time == nil }
      let time = one.time.map { isFirstTime ? "in most of them \($0)" : $0 }
      return "by the \(one.name), \(time ?? "in none")"
    }
    return clauses.joined(separator: "; ") + "."
  }

  /// `from 4 to 20, the last one`; nil if there are no massive activations.
  private static func time(_ found: StudyResults.Dynamics) -> String? {
    guard let onset = found.onset, let end = found.end else { return nil }
    let text = "from \(epoch(onset)) to \(epoch(end))"
    if found.runs > 1 {
      let seeds = "\(found.spans.count) of \(found.runs) seeds"
      return "\(text) (\(seeds); to the last analyzed epoch in \(found.lasting))"
    }
    return found.lasting == found.runs ? "\(text), the last one" : text
  }

  /// Onset and end of any layer and of each layer.
  func dynamicsTable(_ arms: [StudyResults.Arm]) -> String {
    var table = DataTable([
      .init("Model", .text), .init("Median", .text), .init("Layer", .text), .init("n"),
      .init("Seeds with MAs"), .init("Onset", .spread, unit: "epoch"),
      .init("End", .spread, unit: "epoch"), .init("To the last look"),
      .init("Share of looks with MAs", .spread),
    ])
    for found in arms.flatMap({ arm in medians.flatMap { arm.dynamics(by: $0) } }) {
      let (onsets, ends) = (
        Spread(found.spans.map { Double($0.onset) }), Spread(found.spans.map { Double($0.end) })
      )
      let shares = Spread(found.spans.map { Double($0.massiveLooks) / Double($0.looks) })
      table.rows.append([
        .text(found.label), Self.cell(found.median),
        .text(found.layer.map { "\($0)" } ?? "any"), .count(found.runs),
        .count(found.spans.count), .amounts(onsets), .amounts(ends), .count(found.lasting),
        .spread(shares, shares.percent),
      ])
    }
    guard !table.rows.isEmpty else { return "" }
    return parts.table(table, name: "dynamics")
      + parts.paragraph(Self.spanDefinition, class: "note")
  }

  /// The definition of onset and end.
  static let spanDefinition =
    "Of all parts of training that begin and end with a look (an analyzed epoch; epoch 0 is the untrained "
    + "model) in which the layer holds a massive activation, and of whose looks more than half hold one, "
    + "the longest is taken: its first epoch is the onset, its last epoch the end. Means ± standard "
    + "deviations are over the seeds that have such a part."

  private static func epoch(_ spread: StudyResults.EpochSpread) -> String {
    let mean = NumberText.amount(spread.mean)
    guard let deviation = spread.deviation else { return mean }
    return "\(NumberText.fixed(spread.mean, digits: 1)) ± \(NumberText.fixed(deviation, digits: 1))"
  }
}
