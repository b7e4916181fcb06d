/// When massive activations come and go.
extension StudyContent {
  /// The part of training in which an arm holds massive activations in any layer, by each median.
  func dynamicsSentence(_ arm: StudyResults.Arm) -> String? {
    let texts = medians.compactMap { median -> (time: String, name: String)? in
      // The first is that of any layer.
      guard let found = arm.dynamics(by: median).first else { return nil }
      guard let onset = found.onset, let end = found.end else {
        return (Self.atNoLook, median.name)
      }
      var text = "in most looks from epoch \(Self.epoch(onset)) to epoch \(Self.epoch(end))"
      let isLast = found.lasting == found.runs
      if found.runs > 1 {
        text +=
          " (\(found.spans.count) of \(found.runs) seeds; to the last look in \(found.lasting))"
      } else if isLast {
        text += ", the last look"
      }
      return (text, median.name)
    }
    guard !texts.isEmpty else { return nil }
    if texts.allSatisfy({ $0.time == Self.atNoLook }) {
      return "“\(arm.label)” holds no massive activation at any analyzed epoch."
    }
    let start = "“\(arm.label)” holds massive activations "
    if texts.count > 1, Set(texts.map(\.time)).count == 1 {
      return "\(start)\(texts[0].time) by both medians."
    }
    return start + Findings.list(texts.map { "\($0.time) by the \($0.name)" }) + "."
  }

  private static let atNoLook = "at none of the analyzed epochs"

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
