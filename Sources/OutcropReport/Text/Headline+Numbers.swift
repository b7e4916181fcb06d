/// The numbers of the first screen.
extension Headline {
  static func numbers(_ results: StudyResults) -> [Number] {
    let arms = results.arms
    guard results.attacks.isEmpty || !results.runs.allSatisfy(\.layers.isEmpty) else {
      return attackNumbers(results)
    }
    guard let arm = subject(arms) else { return [] }
    let activations: StudyResults.ActivationKind =
      arm.has(.edge) || !arm.has(.node) ? .edge : .node
    let kinds = results.medians.map { StudyResults.RatioKind(activations, by: $0) }
      .filter { arm.has($0) }
    let isMany = results.experiment == .sweep || arms.count(where: { $0.kind == .recorded }) > 1
    if isMany { return manyNumbers(arms, kinds) }
    return [
      massive(arm, kinds), largest(arm, kinds, results.threshold),
      carriers(arm, kinds), countermeasure(arms, kinds), score(arms),
    ].compactMap(\.self)
  }

  private static func value(
    _ spread: Spread, _ unit: String, _ format: (Double) -> String
  ) -> Value {
    Value(
      text: spread.mean.map(format) ?? LayerText.none,
      interval: spread.deviation.flatMap { $0 > 0 ? "± \(format($0))" : nil } ?? "", unit: unit)
  }

  /// A ratio in at most seven characters.
  private static func ratio(_ value: Double) -> String {
    value >= 1e6 && value < 1e18 ? NumberText.compact(Int(value)) : NumberText.ratio(value)
  }

  /// The name of the median, where there are two.
  private static func unit(
    _ kind: StudyResults.RatioKind, _ kinds: [StudyResults.RatioKind]
  ) -> String {
    kinds.count > 1 ? kind.median.name : ""
  }

  private static func massive(
    _ arm: StudyResults.Arm, _ kinds: [StudyResults.RatioKind]
  ) -> Number? {
    guard !kinds.isEmpty else { return nil }
    let bases = kinds.map { kind in
      Spread(arm.untrained.map { Double($0.massiveCount(kind)) })
    }
    return Number(
      label: "Massive activations" + name(arm),
      values: kinds.map { value(arm.massive($0), unit($0, kinds), NumberText.amount) },
      note: arm.hasBase
        ? "untrained: " + Findings.list(bases.map { $0.text(NumberText.amount) })
        : arm.runs.count > 1 ? "mean over \(arm.runs.count) seeds" : "")
  }

  private static func largest(
    _ arm: StudyResults.Arm, _ kinds: [StudyResults.RatioKind], _ threshold: Double
  ) -> Number? {
    guard !kinds.isEmpty else { return nil }
    let bases = kinds.map { kind in
      Spread(arm.untrained.map { $0.peakLayer(kind)?[kind]?.largestRatio })
    }
    return Number(
      label: "Largest ratio" + name(arm),
      values: kinds.map { value(arm.largestRatio($0), unit($0, kinds), ratio) },
      note: "threshold \(NumberText.ratio(threshold))"
        + (arm.hasBase
          ? "; untrained: "
            + Findings.list(bases.map { $0.mean.map(NumberText.ratio) ?? LayerText.none }) : ""))
  }

  private static func name(_ arm: StudyResults.Arm) -> String {
    arm.kind == .recorded ? "" : ", \(arm.label)"
  }

  private static func carriers(
    _ arm: StudyResults.Arm, _ kinds: [StudyResults.RatioKind]
  ) -> Number? {
    let kinds = kinds.filter { arm.hasMassive($0) }
    guard !kinds.isEmpty else { return nil }
    let isEdge = kinds[0].activations == .edge
    let values = kinds.map { kind in
      let share = arm.spread { StudyContent.massiveRowShare($0, kind) }
      return Value(
        text: share.mean.map(NumberText.percent) ?? LayerText.none,
        interval: share.deviation.map { "± \(NumberText.fixed(100 * $0, digits: 1))" } ?? "",
        unit: kind.median.name)
    }
    return Number(
      label: isEdge ? "Edges that carry them" : "Nodes that carry them",
      values: values, note: isEdge ? types(arm, kinds) : "")
  }

  /// The type with the most massive activations, by the median with the most.
  private static func types(
    _ arm: StudyResults.Arm, _ kinds: [StudyResults.RatioKind]
  ) -> String {
    func count(_ kind: StudyResults.RatioKind) -> Double { arm.massive(kind).mean ?? 0 }
    guard let kind = kinds.max(by: { count($0) < count($1) }) else { return "" }
    let shares = TypeShare.all(arm, by: kind.median)
    guard shares.count > 1,
      let most = shares.max(by: { ($0.massive.mean ?? 0) < ($1.massive.mean ?? 0) }),
      let mean = most.massive.mean
    else { return "" }
    return
      "\(NumberText.percent(mean)) of them"
      + (kinds.count > 1 ? " by the \(kind.median.name)" : "")
      + " on “\(most.name)”, which are \(NumberText.percent(most.edges)) of all edges"
      + enrichment(arm, kind, most.id)
  }

  /// The enrichment of a type with its interval, in the layer with the most such edges.
  private static func enrichment(
    _ arm: StudyResults.Arm, _ kind: StudyResults.RatioKind, _ type: Int
  ) -> String {
    func rows(_ layer: StudyResults.Layer) -> Int { layer[kind]?.massiveRows ?? 0 }
    let layer = arm.first.layers.max { rows($0) < rows($1) }
    guard let layer,
      let estimate = layer[kind]?.byEdgeType.first(where: { $0.id == type })?.enrichment
    else { return "" }
    return "; enrichment in layer \(layer.index): \(IntervalText.text(estimate))"
  }

  private static func countermeasure(
    _ arms: [StudyResults.Arm], _ kinds: [StudyResults.RatioKind]
  ) -> Number? {
    guard
      let arm = arms.first(where: { $0.kind == .ebt })
        ?? arms.first(where: { $0.kind.isCountermeasure }), kinds.contains(where: { arm.has($0) }),
      arm != subject(arms)
    else { return nil }
    let ratios = kinds.map { arm.largestRatio($0).mean.map(ratio) ?? LayerText.none }
    return Number(
      label: "Massive activations, \(arm.label)",
      values: kinds.map { value(arm.massive($0), unit($0, kinds), NumberText.amount) },
      note: "largest ratio: " + Findings.list(ratios))
  }

  private static func score(_ arms: [StudyResults.Arm]) -> Number? {
    let scored = arms.filter { $0.testMetric.mean != nil }
    guard let plain = subject(scored), let metric = plain.first.testMetric?.name else { return nil }
    func value(_ arm: StudyResults.Arm) -> Value {
      let spread = arm.testMetric
      let digits = NumberText.decimals(for: spread.deviation ?? 0, of: spread.mean ?? 0)
      func number(_ value: Double) -> String {
        spread.deviation == nil
          ? NumberText.significant(value, digits: 3) : NumberText.fixed(value, digits: digits)
      }
      return Value(
        text: spread.mean.map(number) ?? LayerText.none,
        interval: spread.deviation.map { "± \(number($0))" } ?? "", unit: arm.label)
    }
    guard
      let arm = scored.first(where: { $0.kind == .ebt })
        ?? scored.first(where: { $0.kind.isCountermeasure }), arm != plain
    else {
      let others = scored.filter { $0.label != plain.label }.prefix(2)
        .map { "\($0.label): \($0.testMetric.score)" }
      return Number(
        label: "Test \(metric)", values: [value(plain)], note: others.joined(separator: "; "))
    }
    let pairs = Comparison.pairs(arm, plain)
    let change = Comparison.differences(pairs) { $0.testMetric?.value }
    let note = change.mean.map { mean -> String in
      let digits = NumberText.decimals(
        for: change.deviation ?? 0, of: arm.testMetric.mean ?? mean)
      func number(_ value: Double) -> String { NumberText.fixed(value, digits: digits) }
      return "difference " + NumberText.signed(mean, number)
        + (change.deviation.map { " ± \(number($0))" } ?? " (one seed)")
    }
    return Number(label: "Test \(metric)", values: [value(plain), value(arm)], note: note ?? "")
  }

  private static func manyNumbers(
    _ arms: [StudyResults.Arm], _ kinds: [StudyResults.RatioKind]
  ) -> [Number] {
    let shown = arms.filter { $0.kind != .base }
    guard !kinds.isEmpty, !shown.isEmpty else { return [] }
    let with = Number(
      label: "Models with massive activations",
      values: kinds.map { kind in
        Value(text: "\(shown.count { $0.hasMassive(kind) })", unit: unit(kind, kinds))
      }, note: "of \(shown.count)")
    func extreme(_ label: String, _ pick: (StudyResults.RatioKind) -> Double?) -> Number {
      Number(
        label: label,
        values: kinds.map { kind in
          Value(
            text: pick(kind).map(NumberText.ratio) ?? LayerText.none, unit: unit(kind, kinds))
        }, note: "")
    }
    return [
      with,
      extreme("Largest ratio of all") { kind in
        shown.compactMap { $0.largestRatio(kind).largest }.max()
      },
      extreme("Smallest of the largest ratios") { kind in
        shown.compactMap { $0.largestRatio(kind).smallest }.min()
      },
    ]
  }

  private static func attackNumbers(_ results: StudyResults) -> [Number] {
    AttackGroup.groups(results).prefix(4).compactMap { group in
      guard let deviation = group.deviations.last else { return nil }
      let gain = group.gain(deviation)
      return Number(
        label: "Gain of optimized noise, \(group.label)",
        values: [
          Value(
            text: gain.mean.map(NumberText.percent) ?? LayerText.none,
            interval: gain.deviation.map { "± \(NumberText.fixed(100 * $0, digits: 1))" } ?? "")
        ],
        note: "loss without noise \(group.cleanLoss.score)")
    }
  }
}
