/// The findings of ablation, attack and attribution.
extension Findings {
  /// The massive activations of models that were trained on changed graphs: the share of those on
  /// meaningless edges, or the number where the types of all edges were drawn anew.
  static func ablation(_ results: StudyResults) -> [String] {
    results.arms.filter { $0.kind == .relabeled }.compactMap { relabeled($0, results) }
      + extra(results)
  }

  private static func relabeled(_ arm: StudyResults.Arm, _ results: StudyResults) -> String? {
    guard let plain = results.arms.first(where: { $0.kind == .trained }) else { return nil }
    let clauses = results.medians.map { median -> String in
      let (before, after) = (plain.massive(.edge(median)), arm.massive(.edge(median)))
      let largest = TypeShare.all(arm, by: median).filter { $0.enrichment.mean != nil }
        .max { $0.enrichment.mean! < $1.enrichment.mean! }
      return "by the \(median.name) there are massive activations in "
        + "\(after.values.count { $0 > 0 }) of \(count(arm.runs.count, "model")), against "
        + "\(before.values.count { $0 > 0 }) of \(plain.runs.count) on the original graphs"
        + (largest.map {
          " (most on type “\($0.name)”, \(NumberText.significant($0.enrichment.mean!, digits: 3)) times its "
            + "share of the edges)"
        } ?? "")
    }
    return "In “\(arm.label)” edge types carry no information: \(clauses.joined(separator: "; "))."
  }

  private static func extra(_ results: StudyResults) -> [String] {
    Ablated.arms(results).compactMap { arm, id in
      var name = ""
      var edges = 0.0
      let clauses = results.medians.compactMap { median -> String? in
        guard let share = TypeShare.all(arm, by: median).first(where: { $0.id == id }) else {
          return nil
        }
        (name, edges) = (share.name, share.edges)
        guard let mean = share.massive.mean else {
          return "by the \(median.name) there are no massive activations that could be on them"
        }
        let more = share.massive.values.count { $0 > share.edges }
        return "by the \(median.name) they carry \(share.massive.percent) of the massive "
          + "activations, \(mean > share.edges ? "more" : "less") than their share"
          + (share.massive.count > 1
            ? ", more with \(more) of \(share.massive.count) seeds that have any"
            : " (one seed with massive activations)")
      }
      guard !clauses.isEmpty else { return nil }
      return
        "In “\(arm.label)” the edges of type “\(name)” are \(NumberText.percent(edges)) of all "
        + "edges; \(clauses.joined(separator: "; "))."
    }
  }

  /// The gain of optimized over random noise.
  static func attack(_ results: StudyResults) -> [String] {
    AttackGroup.groups(results).compactMap { group in
      guard let deviation = group.deviations.last, let mean = group.gain(deviation).mean else {
        return nil
      }
      let gain = group.gain(deviation)
      return "Against “\(group.label)”, noise of standard deviation "
        + "\(NumberText.significant(deviation, digits: 3)) that was optimized by gradient ascent "
        + "gives a loss \(Spread(gain.values.map { mean >= 0 ? $0 : -$0 }).percent) "
        + "\(mean >= 0 ? "above" : "below") that of random noise "
        + "(\(count(group.seeds, "seed")), \(count(group.draws, "draw")) each)."
    }
  }

  /// Correlations, and the edges that determine predictions.
  static func attribution(_ results: StudyResults) -> [String] {
    results.attributions.flatMap { one -> [String] in
      var texts: [String] = []
      let overall = one.correlations.filter { $0.layer == nil && !$0.coefficient.value.isNaN }
      if !overall.isEmpty {
        let parts = overall.map { found in
          let estimate = found.coefficient
          let isZero = (estimate.lower ?? -1) <= 0 && (estimate.upper ?? 1) >= 0
          return "\(found.measure) \(IntervalText.text(estimate))"
            + (isZero && estimate.lower != nil ? ", which includes 0" : "")
        }
        texts.append(
          "Rank correlation of an edge’s largest ratio by the row median (\(AttributionText.name(one)); "
            + "\(count(one.graphs, "graph"))) with: \(parts.joined(separator: "; ")).")
      }
      if let text = fidelity(one) { texts.append(text) }
      return texts
    }
  }

  /// The change of predictions at the share of edges nearest to 0.2.
  private static func fidelity(_ one: StudyResults.Attribution) -> String? {
    let ratios = one.fidelities.filter { $0.measure != "random" && !$0.isReversed }
    let random = one.fidelities.filter { $0.measure == "random" }
    guard
      let chance = random.min(by: { abs($0.fraction - 0.2) < abs($1.fraction - 0.2) })
    else { return nil }
    let shown = ratios.filter { $0.fraction == chance.fraction }
    guard !shown.isEmpty else { return nil }
    func number(_ value: Double) -> String { NumberText.significant(value, digits: 3) }
    let parts = shown.map { "\(number($0.removed)) (\($0.measure))" }
    return "Without the \(NumberText.percent(chance.fraction)) of edges that a measure ranks "
      + "highest, predictions of “\(AttributionText.name(one))” change by \(list(parts)); without "
      + "as many random edges by \(number(chance.removed))"
      + (chance.removedDeviation.map { " ± \(number($0))" } ?? "") + "."
  }
}

/// Arms on graphs with meaningless edges.
enum Ablated {
  /// Each such arm with the id of the meaningless type, which the plain arms lack.
  static func arms(_ results: StudyResults) -> [(arm: StudyResults.Arm, type: Int)] {
    let arms = results.arms
    // The types are the same for both medians.
    let median = results.medians.first ?? .row
    let plain = Set(
      arms.filter { $0.kind == .trained }.flatMap { TypeShare.all($0, by: median).map(\.id) })
    return arms.filter { $0.kind == .ablated }.compactMap { arm in
      let types = TypeShare.all(arm, by: median)
      let new =
        types.first { $0.name == "meaningless" }
        ?? (plain.isEmpty ? nil : types.first { !plain.contains($0.id) })
      return new.map { (arm, $0.id) }
    }
  }
}
