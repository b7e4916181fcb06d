extension StudyContent {
  private var changed: [StudyResults.Arm] {
    arms.contains { $0.kind.hasChangedGraphs }
      ? arms.filter { $0.kind == .trained || $0.kind.hasChangedGraphs } : []
  }

  var ablationFigure: String {
    guard !changed.isEmpty else { return "" }
    let caption =
      "<b>How to read it.</b> For each edge type, the hollow mark is its share of all edges and the "
      + "filled mark its share of the MAs (mean and one standard deviation over the seeds that have any). "
      + "If the filled mark is to the right of the hollow one, the type attracts MAs. Above: models on "
      + "the original graphs. Below: models on graphs with random additional edges of a meaningless type "
      + "(extra edges), or with edge types drawn at random (relabeled edges)."
    return parts.figure(
      medians.map { Figures.ablation(of: changed, by: $0) }, caption: caption)
  }

  var ablationTable: String {
    let ablated = Ablated.arms(results)
    guard !changed.isEmpty else { return "" }
    let shown = changed
    var table = DataTable([
      .init("Model", .text), .init("Median", .text), .init("n with MAs"),
      .init("of the edges", unit: "share", group: "Share of the meaningless type"),
      .init("of the MAs", .spread, unit: "share", group: "Share of the meaningless type"),
      .init("Enrichment", .spread), .init("MAs", .spread), .init("Test metric", .spread),
    ])
    for (arm, median) in shown.flatMap({ arm in medians.map { (arm, $0) } }) {
      let type = ablated.first { $0.arm == arm }?.type
      let share = TypeShare.all(arm, by: median).first { $0.id == type }
      table.rows.append([
        .text(arm.label), Self.cell(median),
        .count(arm.massive(.edge(median)).values.count { $0 > 0 }),
        share.map { .number($0.edges, NumberText.percent($0.edges)) } ?? .empty,
        share.map { .shares($0.massive) } ?? .empty,
        share.map {
          .spread(
            $0.enrichment, $0.enrichment.text { NumberText.significant($0, digits: 3) })
        } ?? .empty,
        .amounts(arm.massive(.edge(median))), .scores(arm.testMetric),
      ])
    }
    return parts.table(table, name: "ablation")
  }

  private var attacked: [AttackGroup] {
    AttackGroup.groups(results).filter { !$0.deviations.isEmpty }
  }

  /// The losses under noise; the gains are on the first screen.
  var attackFigure: String {
    let groups = attacked
    guard !groups.isEmpty else { return "" }
    let steps = results.attacks.map(\.steps).max() ?? 0
    let examples = results.attacks.map(\.examples).max() ?? 0
    let caption =
      "<b>How to read it.</b> Noise of the same size is added to the node and edge embeddings of the "
      + "frozen model: random noise, and the same noise after \(Findings.count(steps, "step")) of gradient "
      + "ascent; \(Findings.count(examples, "example")). Points are means over seeds and draws, bars one "
      + "standard deviation. Gain compares each draw before and after gradient ascent. A model that is more "
      + "robust to noise has lower lines in the loss figures. A low gain alone can also mean that "
      + "random noise already harms the model."
    return parts.figure(
      zip(groups, attackStyles(groups)).map { Figures.attackLosses(of: $0, style: $1) },
      caption: caption)
  }

  var attackGains: String {
    let groups = attacked
    guard let first = groups.first else { return "" }
    let deviations = Set(groups.flatMap(\.deviations)).sorted()
    let table = DataTable(
      [.init("Model", .text), .init("Seeds"), .init("Draws"), .init("Loss without noise", .spread)]
        + deviations.map {
          .init(
            "σ = \(NumberText.significant($0, digits: 3))", .spread, unit: "share",
            group: "Gain of optimized over random noise")
        },
      rows: groups.map { group in
        [
          .text(group.label), .count(group.seeds), .count(group.draws), .scores(group.cleanLoss),
        ] + deviations.map { .shares(group.gain($0)) }
      })
    return parts.table(table, name: "attack-gains")
      + parts.paragraph(
        "Gain is the loss with optimized noise over the loss with random noise, minus 1; mean ± "
          + "standard deviation over \(Findings.count(first.seeds, "seed")) and "
          + "\(Findings.count(first.draws, "draw")) each. σ is the noise’s standard deviation in "
          + "embedding units.", class: "note")
  }

  var attackLosses: String {
    attacked.isEmpty ? "" : parts.table(lossTable(attacked), name: "attack-losses")
  }

  private func lossTable(_ groups: [AttackGroup]) -> DataTable {
    DataTable(
      [
        .init("Model", .text), .init("Standard deviation", unit: "embedding units"),
        .init("Random noise: loss", .spread), .init("Optimized noise: loss", .spread),
        .init("Gain", .spread, unit: "share"),
      ],
      rows: groups.flatMap { group in
        group.deviations.map { deviation in
          [
            .text(group.label),
            .number(deviation, NumberText.significant(deviation, digits: 3)),
            .scores(group.random(deviation)), .scores(group.optimized(deviation)),
            .shares(group.gain(deviation)),
          ]
        }
      })
  }

  private var correlated: [StudyResults.Attribution] {
    results.attributions.filter { !$0.correlations.isEmpty }
  }

  var correlationFigure: String {
    guard !correlated.isEmpty else { return "" }
    return parts.figure(
      [Figures.correlations(of: correlated)],
      caption:
        "<b>How to read it.</b> Spearman’s rank correlation between an edge’s largest ratio by the "
        + "row median over all layers and each measure, with a 95% interval from resampled graphs. "
        + "If an interval crosses the line at 0, there may be no correlation.")
  }

  var correlationTable: String {
    guard !correlated.isEmpty else { return "" }
    return parts.figure(
      correlated.contains { $0.correlations.contains { $0.layer != nil } }
        ? [Figures.correlations(of: correlated, layers: true)] : [],
      caption: "The same with the ratios of each layer.", isDetail: true)
      + parts.table(table(of: correlated), name: "correlations")
  }

  private var scored: [StudyResults.Attribution] {
    results.attributions.filter { !$0.fidelities.isEmpty }
  }

  /// The change of predictions without edges: one model in front, the others folded.
  var fidelityFigure: String {
    scored.enumerated().map { index, one in
      let content = parts.figure(
        [
          Figures.fidelity(of: one, removed: true), Figures.fidelity(of: one, removed: false),
        ],
        caption: "<b>\(Markup.escape(AttributionText.name(one))).</b> How much predictions change "
          + "without the edges that a measure ranks highest (left: higher values mean that the measure "
          + "finds important edges) and with only these edges (right: lower values mean that these edges "
          + "suffice). For classes the change is the share of predictions that change, for numbers the mean "
          + "absolute change in units of the target. The measure “largest ratio” is by the row median. "
          + "Dashed (“low”): the edges ranked lowest. Gray: random edges, with one standard deviation over "
          + "draws; a measure within the gray band is no better than chance.", isDetail: index > 0)
      return index == 0 ? content : parts.details(AttributionText.name(one), content)
    }.joined()
  }

  var fidelityNumbers: String {
    scored.isEmpty ? "" : parts.table(fidelityTable(scored), name: "fidelity")
  }

  /// The graphs with the most massive activations.
  var drawings: String {
    results.attributions.filter { !$0.drawings.isEmpty }.enumerated().map { index, one in
      let drawings = one.drawings.prefix(Self.drawingLimit).map {
        Figures.molecule($0)
      }
      return parts.figure(
        drawings.compactMap(\.self),
        caption: "The graphs with the most massive activations of "
          + "\(Markup.escape(AttributionText.name(one))) by the row median, every edge colored by its "
          + "largest ratio by the row median over all layers and both directions.",
        isDetail: index > 0)
    }.joined()
  }

  private static var drawingLimit: Int { 12 }

  private func table(of all: [StudyResults.Attribution]) -> DataTable {
    DataTable(
      [
        .init("Model", .text), .init("Measure", .text), .init("Layer", .text),
        .init("Spearman’s ρ (95% interval)", .estimate),
      ],
      rows: all.flatMap { one in
        one.correlations.map { found in
          [
            .text(AttributionText.name(one)), .text(found.measure),
            .text(found.layer.map { "\($0)" } ?? "all"), .interval(found.coefficient),
          ]
        }
      })
  }

  private func fidelityTable(_ all: [StudyResults.Attribution]) -> DataTable {
    func number(_ value: Double?) -> DataTable.Cell {
      value.map { .number($0, NumberText.significant($0)) } ?? .empty
    }
    return DataTable(
      [
        .init("Model", .text), .init("Measure", .text), .init("Ranks picked", .text),
        .init("Picked", unit: "share"), .init("fid+"), .init("fid+ standard deviation"),
        .init("fid−"), .init("fid− standard deviation"),
      ],
      rows: all.flatMap { one in
        one.fidelities.map { found in
          [
            .text(AttributionText.name(one)), .text(found.measure),
            .text(found.isReversed ? "lowest" : "highest"),
            .number(found.fraction, NumberText.percent(found.fraction)), number(found.removed),
            number(found.removedDeviation), number(found.kept), number(found.keptDeviation),
          ]
        }
      })
  }
}
