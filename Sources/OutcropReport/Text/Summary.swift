/// The findings in plain sentences that can be quoted as they stand.
///
/// Every number in them is computed from the results; what is unknown is left out.
public enum Summary {
  /// The sentences in reading order, without markup. Never empty.
  public static func sentences(_ results: StudyResults) -> [String] {
    guard !results.runs.isEmpty else { return ["These results hold no run."] }
    var sentences = [subject(results)].compactMap(\.self)
    for run in results.runs { sentences.append(finding(run, results: results)) }
    sentences += results.runs.compactMap(types)
    sentences += [scores(results), nodes(results), medians(results)].compactMap(\.self)
    return sentences
  }

  /// What was studied: model, data, and which activations.
  private static func subject(_ results: StudyResults) -> String? {
    guard let data = results.dataset else { return nil }
    let graphs = data.splits.reduce(0) { $0 + $1.graphs }
    var text = results.model.map { "\($0.name) on " } ?? "Activations on "
    text += data.isSynthetic ? "the synthetic data set \(data.name)" : data.name
    text += " (\(count(graphs, "graph")))"
    if let name = data.analysedSplit {
      let split = data.splits.first { $0.name == name }
      text += "; activations of "
      text += split.map { "the \(count($0.graphs, "\(name) graph"))" } ?? "the \(name) graphs"
    }
    return text + "."
  }

  /// What one run's edge activations show (its node activations when it has no others).
  private static func finding(_ run: StudyResults.Run, results: StudyResults) -> String {
    let kind: StudyResults.ActivationKind = run.has(.edge) || !run.has(.node) ? .edge : .node
    let observed = run.layers.filter { $0[kind] != nil }
    let isAlone = results.runs.count { $0.kind == run.kind } == 1
    let opening = opening(run) + (isAlone || run.kind == .recorded ? "" : " (\(run.label))")
    guard !observed.isEmpty else { return "\(opening), no activations were recorded." }
    let massive = run.massiveLayers(kind)
    let total = run.massiveCount(kind)
    let what = kind == .edge ? "massive activation" : "massive node activation"
    let over = "(ratio over \(NumberText.ratio(results.threshold)))"
    var text = "\(opening), "
    if total == 0 {
      text +=
        observed.count == 1
        ? "the one observed layer holds no \(what) \(over)"
        : "none of the \(NumberText.grouped(observed.count)) layers holds a \(what) \(over)"
    } else {
      let verb = massive.count == 1 ? "holds" : "hold"
      let noun = observed.count == 1 ? "layer" : "layers"
      text += "\(massive.count) of \(observed.count) \(noun) \(verb) \(count(total, what)) \(over)"
    }
    return text + largest(run, kind: kind, results: results) + "."
  }

  private static func opening(_ run: StudyResults.Run) -> String {
    let after = run.epochs.map { "after \(count($0, "epoch"))" }
    switch run.kind {
    case .base: return "Before training"
    case .trained: return after.map { "A" + $0.dropFirst() } ?? "After training"
    case .ebt: return "With the Explicit Bias Term, " + (after ?? "after training")
    case .adaptive: return run.label.capitalizedFirst + ", " + (after ?? "after training")
    case .ablated: return "With meaningless edges, " + (after ?? "after training")
    case .recorded: return "In “\(run.label)”"
    }
  }

  private static func largest(
    _ run: StudyResults.Run, kind: StudyResults.ActivationKind, results: StudyResults
  ) -> String {
    guard let layer = run.peakLayer(kind), let found = layer[kind], let ratio = found.largestRatio
    else { return "; no ratio is defined" }
    var text = "; the largest ratio is "
    text += ratio.isInfinite ? "infinite" : NumberText.ratio(ratio)
    text += ", in layer \(layer.index)"
    if kind == .edge, let type = found.largestPosition?.edgeType {
      let name =
        found.byEdgeType.first { $0.id == type }?.name
        ?? results.dataset?.edgeTypes.first { $0.id == type }?.name ?? "\(type)"
      text += " on an edge of type “\(name)”"
    }
    if ratio.isInfinite {
      let finite = run.layers.compactMap { $0[kind]?.largestFiniteRatio }.max()
      text += " (a median of zero)"
      if let finite { text += "; the largest finite one is \(NumberText.ratio(finite))" }
    }
    return text
  }

  /// Where a run's massive activations fall, against how common the types are.
  private static func types(_ run: StudyResults.Run) -> String? {
    let totals = EdgeTypeTotals(run)
    guard totals.massive > 0, totals.types.count > 1 else { return nil }
    let shown = totals.types.sorted { $0.massive > $1.massive }.prefix(4).map { type in
      let share = NumberText.percent(Double(type.massive) / Double(totals.massive))
      let edges = Double(type.edges) / Double(max(1, totals.edges))
      return "\(share) fall on “\(type.name)” (\(NumberText.percent(edges)) of the edges)"
    }
    return "Of the massive activations of the run “\(run.label)”, all layers together, "
      + "\(list(shown))\(totals.types.count > 4 ? ", the rest on other types" : "")."
  }

  /// Test scores, one clause per run, grouped under the metric's name.
  private static func scores(_ results: StudyResults) -> String? {
    let scored = results.runs.compactMap { run in run.testMetric.map { (run, $0) } }
    guard let name = scored.first?.1.name else { return nil }
    let texts = scored.map { run, metric in
      let prefix = metric.name == name ? "" : "\(metric.name) "
      return "\(prefix)\(NumberText.significant(metric.value)) (\(run.label))"
    }
    return "The test \(name) is \(list(texts))."
  }

  /// Node activations, where both kinds were observed.
  private static func nodes(_ results: StudyResults) -> String? {
    let runs = results.runs.filter { $0.has(.edge) && $0.has(.node) }
    guard !runs.isEmpty else { return nil }
    if runs.allSatisfy({ $0.massiveCount(.node) == 0 }) {
      let ratios = runs.compactMap { $0.peakLayer(.node)?.node?.largestRatio }
      let largest = ratios.max().map { " (largest ratio \(NumberText.ratio($0)))" } ?? ""
      return "No node activation is massive\(runs.count > 1 ? " in any run" : "")\(largest)."
    }
    let texts = runs.map { run in
      let total = run.massiveCount(.node)
      let ratio = run.peakLayer(.node)?.node?.largestRatio.map(NumberText.ratio) ?? "undefined"
      return "\(total == 0 ? "none" : NumberText.grouped(total)) "
        + "(\(run.label); largest ratio \(ratio))"
    }
    return "Massive node activations: \(list(texts))."
  }

  /// Rows whose ratios are infinite or undefined: named, never dropped in silence.
  private static func medians(_ results: StudyResults) -> String? {
    var texts: [String] = []
    for run in results.runs {
      let found = run.layers.flatMap { layer in
        StudyResults.ActivationKind.allCases.compactMap { layer[$0] }
      }
      let zero = found.reduce(0) { $0 + $1.zeroMedianRows }
      let nan = found.reduce(0) { $0 + $1.nanMedianRows }
      if zero > 0 { texts.append("\(count(zero, "row")) with median zero (\(run.label))") }
      if nan > 0 { texts.append("\(count(nan, "row")) with median NaN (\(run.label))") }
    }
    guard !texts.isEmpty else { return nil }
    return "Ratios are infinite or undefined in some rows: \(list(texts))."
  }

  /// `1 graph`, `2,000 graphs`.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(NumberText.grouped(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  private static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }
}

/// A run's massive activations and edges by type, summed over its layers.
struct EdgeTypeTotals {
  var types: [StudyResults.EdgeTypeCount] = []
  var massive = 0
  var edges = 0

  init(_ run: StudyResults.Run) {
    var position: [Int: Int] = [:]
    for count in run.layers.flatMap({ $0.edge?.byEdgeType ?? [] }) {
      if let known = position[count.id] {
        types[known].massive += count.massive
        types[known].edges += count.edges
      } else {
        position[count.id] = types.count
        types.append(count)
      }
      massive += count.massive
      edges += count.edges
    }
  }
}

extension String {
  /// With a capital first letter.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
