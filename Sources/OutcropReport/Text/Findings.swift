import OutcropStatistics

/// The findings in plain sentences that can be quoted without context.
///
/// Every number in them is computed from the results; unknown numbers are omitted. Every claim about
/// massive activations is made for each median of the results.
public enum Findings {
  /// The sentences in order, without markup. Never empty.
  public static func sentences(_ results: StudyResults) -> [String] {
    answers(results).map(\.sentence)
  }

  /// The sentences in order, each with the question that it answers; nil for the subject of the results.
  static func answers(
    _ results: StudyResults
  ) -> [(question: Question?, sentence: String)] {
    guard !results.runs.isEmpty || !results.attacks.isEmpty else {
      return [(nil, "These results hold no run.")]
    }
    var answers: [(question: Question?, sentence: String)] = []
    func add(_ question: Question?, _ sentences: [String]) {
      answers += sentences.map { (question, $0) }
    }
    add(nil, [subject(results)].compactMap(\.self))
    let arms = results.arms
    let isOnlyAttack = !results.attacks.isEmpty && results.runs.allSatisfy(\.layers.isEmpty)
    if arms.count > armLimit {
      add(.presence, grid(arms, results))
    } else {
      if !isOnlyAttack { add(.presence, arms.map { finding($0, results: results) }) }
      add(.course, arms.compactMap { appearance($0, results.medians) })
      add(.carriers, arms.flatMap { arm in results.medians.compactMap { types(arm, by: $0) } })
    }
    if results.experiment != .sweep {
      add(.remedy, biasEffects(arms, medians: results.medians))
    }
    if arms.count <= armLimit {
      // Of a model that was trained elsewhere, the score is what interventions change.
      add(
        results.experiment == .intervention ? .effect : .course, [scores(arms)].compactMap(\.self))
    }
    add(.certainty, results.medians.flatMap { distances(results.runs, by: $0) })
    add(.course, arms.flatMap { arm in results.medians.compactMap { course(arm, by: $0) } })
    add(.carriers, ablation(results))
    add(.effect, attack(results) + attribution(results))
    add(.place, [nodes(arms, results.medians)].compactMap(\.self))
    add(.certainty, [undefinedRatios(results)].compactMap(\.self))
    return answers
  }

  /// A claim for each median as a separate sentence: “By the row median, … By the batch median, …”. nil if
  /// `claim` returns none.
  static func byMedian(
    _ medians: [MedianKind], _ claim: (MedianKind) -> String?
  ) -> String? {
    let texts = medians.compactMap { median in
      claim(median).map { "By the \(median.name), \($0)." }
    }
    return texts.isEmpty ? nil : texts.joined(separator: " ")
  }

  /// With more arms than this, arms have no separate sentences.
  private static let armLimit = 10

  /// The word for the arms of results that have many.
  static func armNoun(_ results: StudyResults) -> String {
    results.experiment == .sweep ? "combinations" : "models"
  }

  /// The findings of many arms in one sentence for each median.
  private static func grid(_ arms: [StudyResults.Arm], _ results: StudyResults) -> [String] {
    byMedian(results.medians) { median in
      func massive(_ arm: StudyResults.Arm) -> Double { arm.massive(.edge(median)).mean ?? 0 }
      let with = arms.filter { massive($0) > 0 }
      var text = "\(with.count) of \(arms.count) \(armNoun(results)) hold massive activations "
      text += "(ratio over \(NumberText.ratio(results.threshold)))"
      if let most = with.max(by: { massive($0) < massive($1) }) {
        text += "; “\(most.label)” holds the most, "
        text += most.massive(.edge(median)).text(NumberText.amount)
      }
      return text
    }.map { [$0] } ?? []
  }

  /// The subject of the study: the model, the data and the activations.
  private static func subject(_ results: StudyResults) -> String? {
    guard let data = results.dataset else { return nil }
    let graphs = data.splits.reduce(0) { $0 + $1.graphs }
    var text = results.model.map { "\($0.name) on " } ?? "Activations on "
    text += data.isSynthetic ? "the synthetic data set \(data.name)" : data.name
    text += " (\(count(graphs, "graph")))"
    if let name = data.analyzedSplit, results.runs.contains(where: { !$0.layers.isEmpty }) {
      let split = data.splits.first { $0.name == name }
      text += "; activations of "
      text += split.map { "the \(count($0.graphs, "\(name) graph"))" } ?? "the \(name) graphs"
    }
    return text + "."
  }

  /// The findings on one arm's edge activations (or node activations if there are no others), by each median.
  private static func finding(_ arm: StudyResults.Arm, results: StudyResults) -> String {
    let run = arm.first
    let kind: StudyResults.ActivationKind = arm.has(.edge) || !arm.has(.node) ? .edge : .node
    let isAlone = results.arms.count { $0.kind == arm.kind } == 1
    let names = [
      isAlone || run.kind == .recorded || run.kind == .adaptive ? nil : arm.label,
      arm.runs.count > 1 ? count(arm.runs.count, "seed") : nil,
    ].compactMap(\.self)
    let opening = opening(run) + (names.isEmpty ? "" : " (\(names.joined(separator: ", ")))")
    guard !arm.layers(kind).isEmpty else {
      return RecordedModules(arm, results.medians)?.finding(opening)
        ?? "\(opening), no activations were recorded."
    }
    let clauses = results.medians.filter { arm.has(StudyResults.RatioKind(kind, by: $0)) }.map {
      "by the \($0.name) \(massive(arm, .init(kind, by: $0), results)).".capitalizedFirst
    }
    guard let first = clauses.first else { return "\(opening), no ratios were recorded." }
    return "\(opening), " + first.prefix(1).lowercased()
      + ([String(first.dropFirst())] + clauses.dropFirst()).joined(separator: " ")
  }

  /// The number of layers of an arm with massive activations, the number of these, and the largest ratio.
  private static func massive(
    _ arm: StudyResults.Arm, _ kind: StudyResults.RatioKind, _ results: StudyResults
  ) -> String {
    let observed = arm.layers(kind.activations).count
    let run = arm.first
    let total = arm.massive(kind)
    let what = kind.activations == .edge ? "massive activation" : "massive node activation"
    let over = "(ratio over \(NumberText.ratio(results.threshold)))"
    var text = ""
    if total.largest ?? 0 == 0 {
      text +=
        observed == 1
        ? "the one observed layer holds no \(what) \(over)"
        : "none of the \(NumberText.grouped(observed)) layers holds a \(what) \(over)"
      if arm.runs.count > 1 { text += " with any seed" }
    } else if arm.runs.count == 1 {
      let massive = run.massiveLayers(kind)
      let verb = massive.count == 1 ? "holds" : "hold"
      let noun = observed == 1 ? "layer" : "layers"
      text += "\(massive.count) of \(observed) \(noun) \(verb) "
      text += "\(count(run.massiveCount(kind), what)) \(over)"
    } else {
      text += "\(arm.massiveLayers(kind).text(NumberText.amount)) of \(observed) layers hold "
      text += "\(total.text(NumberText.amount)) \(what)s \(over)"
    }
    if arm.runs.count > 1 { return text + largest(arm, kind: kind) }
    return text + largest(run, kind: kind, results: results)
  }

  /// The largest ratio over several seeds.
  private static func largest(
    _ arm: StudyResults.Arm, kind: StudyResults.RatioKind
  ) -> String {
    let ratios = arm.largestRatio(kind)
    guard let most = ratios.largest else { return "; no ratio is defined" }
    if most.isInfinite {
      let infinite = ratios.values.count(where: \.isInfinite)
      return "; the largest ratio is infinite with \(infinite) of \(arm.runs.count) seeds"
    }
    return "; the largest ratio is \(ratios.text(NumberText.ratio)) (mean ± standard deviation), "
      + "at most \(NumberText.ratio(most))"
  }

  private static func opening(_ run: StudyResults.Run) -> String {
    let after = run.epochs.map { "after \(count($0, "epoch"))" }
    switch run.kind {
    case .base: return "Before training"
    case .trained: return after.map { "A" + $0.dropFirst() } ?? "After training"
    case .ebt: return "With the Explicit Bias Term, " + (after ?? "after training")
    case .adaptive: return run.label.capitalizedFirst + ", " + (after ?? "after training")
    case .ablated: return "With meaningless edges, " + (after ?? "after training")
    case .relabeled: return "With relabeled edges, " + (after ?? "after training")
    case .recorded: return "In “\(run.label)”"
    }
  }

  private static func largest(
    _ run: StudyResults.Run, kind: StudyResults.RatioKind, results: StudyResults
  ) -> String {
    guard let layer = run.peakLayer(kind), let found = layer[kind], let ratio = found.largestRatio
    else { return "; no ratio is defined" }
    var text = "; the largest ratio is "
    text += ratio.isInfinite ? "infinite" : NumberText.ratio(ratio)
    text += ", in layer \(layer.index)"
    if kind.activations == .edge, let type = found.largestPosition?.edgeType {
      let name =
        found.byEdgeType.first { $0.id == type }?.name
        ?? results.dataset?.edgeTypes.first { $0.id == type }?.name ?? "\(type)"
      text += " on an edge of type “\(name)”"
    }
    if ratio.isInfinite {
      let finite = run.layers.compactMap { $0[kind]?.largestFiniteRatio }.max()
      text += " (\(list(reasonsOfInfinity(found))))"
      if let finite { text += "; the largest finite one is \(NumberText.ratio(finite))" }
    }
    return text
  }

  /// Why ratios of a layer are infinite: what they are of or over, or that they are too large.
  private static func reasonsOfInfinity(_ found: StudyResults.RatioStatistics) -> [String] {
    let (zero, overflow) = (found.zeroMedianRatios ?? 0, found.overflowedRatios ?? 0)
    let reasons = [
      (found.infiniteCount - zero - overflow, "an infinite activation"), (zero, zeroMedian),
      (overflow, tooLarge),
    ]
    if zero + overflow > 0 { return reasons.filter { $0.0 > 0 }.map(\.1) }
    // All are infinite activations, or the counts are unknown, as in files of earlier versions.
    let isActivation = found.top.first.map { $0.value.isInfinite } ?? (found.zeroMedians == 0)
    return [isActivation ? reasons[0].1 : found.zeroMedians > 0 ? zeroMedian : tooLarge]
  }

  private static let zeroMedian = "a median of zero"
  /// A ratio that overflows, although its activation is finite and its median positive.
  static let tooLarge = "a ratio beyond 3.4e38, which single precision cannot hold"

  /// The edge types of an arm's massive activations, compared with the types' shares of edges.
  private static func types(
    _ arm: StudyResults.Arm, by median: MedianKind
  ) -> String? {
    let shares = TypeShare.all(arm, by: median)
    let with = arm.runs.count { $0.massiveCount(.edge(median)) > 0 }
    guard with > 0, shares.count > 1 else { return nil }
    func mean(_ share: TypeShare) -> Double { share.massive.mean ?? 0 }
    let shown = shares.sorted { mean($0) > mean($1) }.prefix(4).map { type in
      "\(type.massive.percent) are on “\(type.name)” "
        + "(\(NumberText.percent(type.edges)) of the edges)"
    }
    let seeds = arm.runs.count > 1 ? " (\(with) of \(arm.runs.count) seeds have any)" : ""
    return
      "By the \(median.name), of the massive activations of “\(arm.label)”\(seeds), all layers together, "
      + "\(list(shown))\(shares.count > 4 ? ", the rest on other types" : "")."
      + enrichment(arm, by: median)
  }

  /// Enrichment with its interval in the layer with the most massive activations.
  private static func enrichment(
    _ arm: StudyResults.Arm, by median: MedianKind
  ) -> String {
    func rows(_ layer: StudyResults.Layer) -> Int { layer[.edge(median)]?.massiveRows ?? 0 }
    let layers = arm.runs.flatMap { run in run.layers.map { (run, $0) } }
    guard let (run, layer) = layers.max(by: { rows($0.1) < rows($1.1) }), rows(layer) > 0 else {
      return ""
    }
    let types = (layer[.edge(median)]?.byEdgeType ?? []).filter { $0.enrichment != nil }
      .sorted { $0.edges > $1.edges }.prefix(3)
    guard !types.isEmpty else { return "" }
    let texts = types.compactMap { type in
      type.enrichment.map { estimate in
        let isOne =
          if let lower = estimate.lower, let upper = estimate.upper {
            lower <= 1 && 1 <= upper ? ", which includes 1" : ""
          } else { "" }
        return "“\(type.name)” \(IntervalText.text(estimate))\(isOne)"
      }
    }
    return
      " Enrichment, a type’s share of the edges with massive activations over its share of all "
      + "edges, in layer \(layer.index)\(seed(run, arm)), which has the most (95% interval): "
      + "\(list(texts))."
  }

  static func seed(_ run: StudyResults.Run, _ arm: StudyResults.Arm) -> String {
    arm.runs.count > 1 ? run.seed.map { " of seed \($0)" } ?? "" : ""
  }

  /// Test scores, one clause per arm, grouped under the metric's name.
  private static func scores(_ arms: [StudyResults.Arm]) -> String? {
    let scored = arms.compactMap { arm in
      arm.first.testMetric.map { (arm, $0.name, arm.testMetric) }
    }
    guard let name = scored.first?.1 else { return nil }
    let hasSeveral = scored.contains { $0.2.count > 1 }
    let texts = scored.map { arm, metric, spread in
      let prefix = metric == name ? "" : "\(metric) "
      let value =
        arm.runs.count == 1
        ? NumberText.significant(arm.first.testMetric?.value ?? .nan) : spread.score
      return "\(prefix)\(value) (\(arm.label)"
        + (arm.runs.count > 1 ? ", n = \(spread.count))" : ")")
    }
    return "The test \(name) is \(list(texts))"
      + (hasSeveral ? ", mean ± standard deviation over seeds." : ".")
  }

  /// Node activations, if both kinds were observed.
  private static func nodes(
    _ arms: [StudyResults.Arm], _ medians: [MedianKind]
  ) -> String? {
    byMedian(medians) { median in
      let kind = StudyResults.RatioKind.node(median)
      let arms = arms.filter { $0.has(.edge) && $0.has(kind) }
      guard !arms.isEmpty else { return nil }
      if !arms.contains(where: { $0.hasMassive(kind) }) {
        let ratios = arms.compactMap { $0.largestRatio(kind).largest }
        let largest = ratios.max().map { " (largest ratio \(NumberText.ratio($0)))" } ?? ""
        let isOne = arms.count == 1 && arms[0].runs.count == 1
        return "no node activation is massive\(isOne ? "" : " in any run")\(largest)"
      }
      let texts = arms.map { arm in
        let total = arm.massive(kind)
        let ratio = arm.largestRatio(kind)
        return "\(total.largest == 0 ? "none" : total.text(NumberText.amount)) "
          + "(\(arm.label); largest ratio "
          + "\(ratio.count == 0 ? "undefined" : ratio.text(NumberText.ratio)))"
      }
      return "the massive node activations are \(list(texts))"
    }
  }

  /// Medians that make ratios infinite or undefined.
  private static func undefinedRatios(_ results: StudyResults) -> String? {
    var texts: [String] = []
    for arm in results.arms {
      let all = arm.runs.flatMap(\.layers).flatMap { layer in
        StudyResults.ActivationKind.allCases.compactMap { layer[$0] }
      }
      for (what, number) in [
        ("infinite activation", all.reduce(0) { $0 + ($1.infiniteValues ?? 0) }),
        ("NaN activation", all.reduce(0) { $0 + ($1.nanValues ?? 0) }),
      ] where number > 0 {
        texts.append("\(count(number, what)) (\(arm.label))")
      }
      for median in results.medians {
        let found = arm.runs.flatMap(\.layers).flatMap { layer in
          StudyResults.ActivationKind.allCases.compactMap { layer[.init($0, by: median)] }
        }
        let zero = found.reduce(0) { $0 + $1.zeroMedians }
        let nan = found.reduce(0) { $0 + $1.nanMedians }
        let large = found.reduce(0) { $0 + ($1.overflowedRatios ?? 0) }
        let name = arm.label + (arm.runs.count > 1 ? ", \(count(arm.runs.count, "seed"))" : "")
        let unit = median == .row ? "row" : "batch"
        if zero > 0 { texts.append("\(count(zero, unit)) with median zero (\(name))") }
        if nan > 0 { texts.append("\(count(nan, unit)) with median NaN (\(name))") }
        if large > 0 {
          texts.append("\(count(large, "ratio")) beyond 3.4e38 by the \(median.name) (\(name))")
        }
      }
    }
    guard !texts.isEmpty else { return nil }
    return "Some ratios are infinite or undefined: \(list(texts))."
  }

  /// `1 graph`, `2,000 graphs`.
  static func count(_ number: Int, _ noun: String) -> String {
    let plural = noun.hasSuffix("tch") ? "es" : "s"
    return "\(NumberText.grouped(number)) \(noun)\(number == 1 ? "" : plural)"
  }

  static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension String {
  /// With a capital first letter.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
