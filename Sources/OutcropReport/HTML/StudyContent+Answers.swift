/// The sections by question. Each begins with a figure; tables and details are folded.
extension StudyContent {
  // MARK: - Are there massive activations?

  var presenceAnswer: Answer {
    guard arms.contains(where: { $0.has(.edge) || $0.has(.node) }) else { return Answer() }
    let shown = arms.filter { $0.has(.edge) }
    let drawn = Array(shown.prefix(24))
    let figure =
      shown.isEmpty || medians.isEmpty
      ? ""
      : parts.figure(
        medians.map {
          Figures.largestRatios([("", drawn)], threshold: results.threshold, by: $0)
        },
        caption:
          "Each dot is the largest ratio of one seed’s model, over all layers; the gray bar spans "
          + "the largest ratios of single batches. Dots right of the dashed line are massive.")
    let limit = NumberText.ratio(results.threshold)
    let definition =
      "An activation’s ratio is its magnitude over a median magnitude; it is massive if the ratio is over "
      + "\(limit)."
    let difference =
      "The row median is that of the activation’s own edge or node: is one channel huge beside its row? The "
      + "batch median is that of the whole batch: is it huge beside its graph?"
    return Answer(
      figure: figure,
      sentences: shown.isEmpty ? [] : [definition] + (medians.count > 1 ? [difference] : []),
      folded: [
        ("Table of all models", overviewTable)
      ])
  }

  // MARK: - Where are they?

  var placeAnswer: Answer {
    let isNodes = !arms.contains { $0.has(.edge) }
    return Answer(
      figure: batchMaximaFigure,
      sentences: [peaks].compactMap(\.self),
      folded: [
        ("Table of layers", isNodes ? "" : layerTables(.edge)),
        ("Verdict on each layer", verdicts),
        ("Node activations", nodes), ("Outputs of other modules", modules),
      ])
  }

  /// The layers with the most massive activations.
  private var peaks: String? {
    guard let arm = Headline.subject(arms), arm.has(.edge) else { return nil }
    let texts = medians.compactMap { median -> String? in
      func count(_ layer: Int) -> Double {
        arm.spread(layer: layer, .edge(median)) { Double($0.massiveCount) }.mean ?? 0
      }
      let total = arm.massive(.edge(median)).mean ?? 0
      guard total > 0, let most = arm.layers(.edge).max(by: { count($0) < count($1) }) else {
        return nil
      }
      return "\(most) by the \(median.name) (\(NumberText.percent(count(most) / total)) of them)"
    }
    guard !texts.isEmpty else { return nil }
    return
      "The layer of “\(arm.label)” with the most massive activations is \(Findings.list(texts))."
  }

  // MARK: - Since when?

  var courseAnswer: Answer {
    let followed = arms.filter { arm in arm.runs.contains { $0.followed.count > 1 } }
    let hasHistory = arms.contains { arm in arm.runs.contains { !$0.history.isEmpty } }
    guard !followed.isEmpty || hasHistory else { return Answer() }
    var sentences = followed.compactMap(dynamicsSentence)
    if followed.isEmpty {
      sentences =
        findings(.course).prefix(2)
        + (results.experiment == .attack
          ? []
          : [
            "Only the end of training was analyzed; --looks 2 also analyzes every second epoch."
          ])
    }
    return Answer(
      figure: followed.isEmpty ? trainingFigure : courseFigure(followed),
      sentences: Array(sentences.prefix(3)),
      folded: [
        ("Onset and end of massive activations, layer by layer", dynamicsTable(followed)),
        (
          "Counts and Kolmogorov–Smirnov distances in the course of training",
          followedMaps(followed)
        ),
        ("Loss and metric", followed.isEmpty ? "" : trainingFigure),
        ("Table of training", trainingTable),
      ])
  }

  // MARK: - Which edges carry them?

  var carriersAnswer: Answer {
    let isAblation = arms.contains { $0.kind.hasChangedGraphs }
    let types = edgeTypeFigure
    let correlations = correlationFigure
    let own = isAblation ? ablationFigure : types
    return Answer(
      figure: own.isEmpty ? correlations : own,
      sentences: isAblation ? Findings.ablation(results) : shares,
      folded: [
        ("Table of changed edges", ablationTable),
        ("Edge types, layer by layer", isAblation ? types : ""),
        ("Enrichment of edge types", enrichment), ("Table of edge types", edgeTypeTable),
        ("Heads and channels by edge type", headMaps),
        ("Betweenness, entropy, degree, curvature", own.isEmpty ? "" : correlations),
        ("Table of correlations", correlationTable), ("Graphs", drawings),
      ])
  }

  /// The type with the most massive activations by each median.
  private var shares: [String] {
    guard let arm = Headline.subject(arms) else { return [] }
    return medians.compactMap { median in
      let all = TypeShare.all(arm, by: median)
      guard all.count > 1, arm.hasMassive(.edge(median)),
        let most = all.max(by: { ($0.massive.mean ?? 0) < ($1.massive.mean ?? 0) })
      else { return nil }
      return "By the \(median.name), \(most.massive.percent) of the massive activations of "
        + "“\(arm.label)” are on “\(most.name)” edges, which are \(NumberText.percent(most.edges)) of all "
        + "edges."
    }
  }

  // MARK: - Do they matter?

  /// What predictions depend on: interventions first.
  var effectAnswer: Answer {
    guard results.experiment != .analysis, results.experiment != .sweep else { return Answer() }
    let figure = interventionFigure + attackFigure + fidelityFigure
    var sentences =
      InterventionTable.sentences(results.interventions ?? [])
      + findings(.effect).filter { !$0.hasPrefix("Rank correlation") }
    if figure.isEmpty, sentences.isEmpty {
      sentences = [
        "This was not measured here: outcrop study --interventions changes the massive activations of each layer and "
          + "compares the predictions, and outcrop attack adds noise."
      ]
    }
    return Answer(
      figure: figure, sentences: Array(sentences.prefix(3)),
      folded: [
        ("All interventions", interventionDetails),
        ("Table of gains", attackGains), ("All losses under noise", attackLosses),
        ("Table of fidelity", fidelityNumbers),
      ])
  }

  // MARK: - What removes them?

  var remedyAnswer: Answer {
    let shown = arms.filter { $0.kind == .trained || $0.kind.isCountermeasure }
    guard results.experiment != .sweep, shown.contains(where: { $0.kind.isCountermeasure }),
      shown.contains(where: { $0.has(.edge) })
    else { return Answer() }
    let figure = parts.figure(
      medians.compactMap { Figures.remedies(shown, by: $0) },
      caption: "Each dot is one seed’s model. Farther left are fewer massive activations"
        + (Comparison.isMoreBetter(shown.compactMap(\.first.testMetric?.name).first ?? "")
          .map { ", farther \($0 ? "up" : "down") a better test score" } ?? "") + ".")
    return Answer(
      figure: figure, sentences: Array(findings(.remedy).prefix(2)),
      folded: [("Table of differences", differencesTable)])
  }

  // MARK: - How sure is this?

  /// What the claims rest on: the calibration of the threshold first.
  var certaintyAnswer: Answer {
    let seeds = Self.seeds(results).count
    let isModel = arms.contains { $0.kind != .recorded }
    var sentences = Array(calibrationSentences.prefix(2))
    if isModel {
      sentences.append(
        seeds > 1
          ? "Numbers are means ± standard deviations over \(seeds) seeds; a difference within that spread is "
            + "called equal."
          : "One seed: the variation from seed to seed is unknown; --seeds 41,42,43 measures it.")
    }
    sentences += results.notes.filter { $0.hasPrefix("Caution") }.prefix(1)
    return Answer(
      figure: calibrationFigure + sweepFigure, sentences: Array(sentences.prefix(3)),
      folded: [
        ("All calibrated layers", calibrationDetails),
        ("Table of thresholds", sweepTable),
        ("Distribution of the ratios and its gamma fit", distribution),
        ("Distributions compared on held-out graphs", distributionTable),
        ("Notes", parts.list(results.notes.filter { !sentences.contains($0) })),
      ])
  }
}
