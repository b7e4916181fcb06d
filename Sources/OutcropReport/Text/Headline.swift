import Foundation
import OutcropStatistics

/// The answer that results give, in one sentence, and the numbers that carry it.
///
/// The report and the terminal begin with it. Every claim about massive activations names the median, or
/// holds for both.
public struct Headline: Sendable, Equatable {
  /// One sentence with a period at its end.
  public var sentence: String
  /// Three to five numbers; fewer where the results hold fewer.
  public var numbers: [Number]

  /// A number of the first screen.
  public struct Number: Sendable, Equatable {
    /// What is counted or measured.
    public var label: String
    /// One value, or one for each median.
    public var values: [Value]
    /// What the values are compared with; may be empty.
    public var note: String

    /// Creates the value from its fields.
    public init(label: String, values: [Value], note: String) {
      (self.label, self.values, self.note) = (label, values, note)
    }
  }

  /// The value of a ``Number``, with its interval and the median that it belongs to.
  public struct Value: Sendable, Equatable {
    /// The value, e.g. `15,462`.
    public var text: String
    /// `± 13,866` or `1.25 to 1.33`; empty if the results give none.
    public var interval: String
    /// `row median`, or empty.
    public var unit: String

    /// Creates the value from its fields.
    public init(text: String, interval: String = "", unit: String = "") {
      (self.text, self.interval, self.unit) = (text, interval, unit)
    }
  }

  /// The answer of one study, analysis or other experiment.
  public init(_ results: StudyResults) {
    sentence = Self.sentence(results)
    numbers = Self.numbers(results)
  }

  // MARK: - The sentence

  private static func sentence(_ results: StudyResults) -> String {
    let arms = results.arms
    if !results.attacks.isEmpty, results.runs.allSatisfy(\.layers.isEmpty) {
      return attack(results) ?? "No attack was run."
    }
    guard let subject = subject(arms) else { return "These results hold no run." }
    guard subject.has(.edge) || subject.has(.node) else { return modules([subject], results) }
    if results.experiment == .sweep || arms.count(where: { $0.kind == .recorded }) > 1 {
      return several(results)
    }
    var text = presence(subject, results.medians)
    if subject.kind == .base { text += ", before training" }
    if let before = before(subject, results.medians) { text += before }
    if let change = ablation(results) { text += "; \(change)" }
    if let effect = countermeasure(arms, results.medians) { text += "; \(effect)" }
    return text + "."
  }

  /// The arm that the sentence is about: the plainly trained one, or else the first that is not untrained.
  static func subject(_ arms: [StudyResults.Arm]) -> StudyResults.Arm? {
    arms.first { $0.kind == .trained } ?? arms.first { $0.kind != .base } ?? arms.first
  }

  private static func activations(_ arm: StudyResults.Arm) -> StudyResults.ActivationKind {
    arm.has(.edge) || !arm.has(.node) ? .edge : .node
  }

  /// Where an arm holds massive activations by each median, or its largest ratio if it holds none.
  static func presence(
    _ arm: StudyResults.Arm, _ medians: [MedianKind]
  ) -> String {
    let activations = activations(arm)
    let noun = activations == .edge ? "massive activations" : "massive node activations"
    let medians = medians.filter { arm.has(.init(activations, by: $0)) }
    let places = medians.map { ($0, place(arm, .init(activations, by: $0))) }
    let with = places.compactMap { median, place in place.map { (median, $0) } }
    guard let first = with.first else {
      let largest = medians.compactMap { arm.largestRatio(.init(activations, by: $0)).largest }
        .max()
      let ratio = largest.map { " (the largest ratio is \(NumberText.ratio($0)))" } ?? ""
      return "No \(noun)\(medians.count > 1 ? " by either median" : "")\(ratio)"
    }
    let start = noun.capitalizedFirst
    guard medians.count > 1 else { return start + first.1 }
    guard with.count > 1 else {
      let other = medians.first { $0 != first.0 }!
      return "\(start)\(first.1) by the \(first.0.name), none by the \(other.name)"
    }
    if Set(with.map(\.1)).count == 1 { return "\(start)\(first.1) by both medians" }
    // The wider place first, if it contains the other.
    let layers = with.map { Set(massiveLayers(arm, .init(activations, by: $0.0))) }
    if let wide = layers.indices.first(where: { index in
      layers.allSatisfy { $0.isSubset(of: layers[index]) }
    }) {
      let other = with[1 - wide]
      return "\(start)\(with[wide].1) by the \(with[wide].0.name),\(other.1) also by the "
        + other.0.name
    }
    return start + with.map { "\($1) by the \($0.name)" }.joined(separator: " and")
  }

  /// The layers that hold massive activations with at least half of the seeds that have any; if there are
  /// none, those with any seed.
  private static func massiveLayers(
    _ arm: StudyResults.Arm, _ kind: StudyResults.RatioKind
  ) -> [Int] {
    let runs = arm.runs.filter { $0.massiveCount(kind) > 0 }
    let all = arm.layers(kind.activations)
    func count(_ layer: Int) -> Int {
      runs.count { ($0.layer(layer)?[kind]?.massiveCount ?? 0) > 0 }
    }
    let usual = all.filter { count($0) > 0 && 2 * count($0) >= runs.count }
    return usual.isEmpty ? all.filter { count($0) > 0 } : usual
  }

  /// ` in layers 7 to 9 (2 of 3 seeds)`, with a leading space; nil without massive activations.
  private static func place(_ arm: StudyResults.Arm, _ kind: StudyResults.RatioKind) -> String? {
    let runs = arm.runs.filter { $0.massiveCount(kind) > 0 }
    guard !runs.isEmpty else { return nil }
    let all = arm.layers(kind.activations)
    let layers = massiveLayers(arm, kind)
    let seeds = runs.count < arm.runs.count ? " (\(runs.count) of \(arm.runs.count) seeds)" : ""
    return (all.count == 1 ? "" : " " + Self.layers(layers, of: all.count)) + seeds
  }

  /// `in layer 3`, `in layers 7 to 9`, `in layers 0 and 7 to 9`, `in all 10 layers`, `in 6 of 24 layers`.
  static func layers(_ layers: [Int], of count: Int) -> String {
    if layers.count == count { return "in all \(count) layers" }
    var spans: [ClosedRange<Int>] = []
    for layer in layers {
      if let last = spans.last, last.upperBound == layer - 1 {
        spans[spans.count - 1] = last.lowerBound...layer
      } else {
        spans.append(layer...layer)
      }
    }
    if spans.count > 3 { return "in \(layers.count) of \(count) layers" }
    let texts = spans.flatMap { span -> [String] in
      switch span.count {
      case 1: ["\(span.lowerBound)"]
      case 2: ["\(span.lowerBound)", "\(span.upperBound)"]
      default: ["\(span.lowerBound) to \(span.upperBound)"]
      }
    }
    return "in layer\(layers.count == 1 ? "" : "s") \(Findings.list(texts))"
  }

  private static func before(
    _ arm: StudyResults.Arm, _ medians: [MedianKind]
  ) -> String? {
    let kind = activations(arm)
    let holds = medians.filter { median in
      arm.untrained.contains { $0.massiveCount(.init(kind, by: median)) > 0 }
    }
    guard !holds.isEmpty else { return nil }
    let which = holds.count < medians.count ? " by the \(holds[0].name)" : ""
    let holdsNow = medians.contains { arm.hasMassive(.init(kind, by: $0)) }
    return holdsNow
      ? ", some\(which) already before training"
      : arm.runs.count == 1 && arm.untrained.count > 1
        ? "; the untrained models have some\(which)" : "; the untrained model has some\(which)"
  }

  // MARK: - Counter-measures

  /// How many of the massive activations of plain training the counter-measures remove, and at what error.
  static func countermeasure(
    _ arms: [StudyResults.Arm], _ medians: [MedianKind]
  ) -> String? {
    guard let plain = arms.first(where: { $0.kind == .trained }) else { return nil }
    // The plain bias term first, then those that leave the fewest; all if they are few, so that the sentence stays short.
    func left(_ arm: StudyResults.Arm) -> Double {
      let count = medians.reduce(0) { $0 + total(arm.runs, $1) }
      return Double(count) / Double(max(1, arm.runs.count))
    }
    let others = arms.filter { $0.kind.isCountermeasure && $0.kind != .ebt }
      .map { (arm: $0, left: left($0)) }.enumerated()
      .sorted { ($0.element.left, $0.offset) < ($1.element.left, $1.offset) }
    let all = arms.filter { $0.kind == .ebt } + others.map(\.element.arm)
    let texts = all.compactMap { effect(of: $0, against: plain, medians) }
    let shown = texts.prefix(texts.count > 3 ? 2 : 3)
    let rest = texts.count - shown.count
    return shown.isEmpty
      ? nil
      : (shown + (rest > 0 ? ["\(rest) more counter-measures were tried"] : []))
        .joined(separator: "; ")
  }

  private static func effect(
    of arm: StudyResults.Arm, against plain: StudyResults.Arm,
    _ medians: [MedianKind]
  ) -> String? {
    let pairs = Comparison.pairs(arm, plain)
    guard !pairs.isEmpty else { return nil }
    let name = arm.kind == .ebt ? "the Explicit Bias Term" : "“\(arm.label)”"
    let counts = medians.filter { plain.has(.edge($0)) && arm.has(.edge($0)) }.map { median in
      (
        median: median, old: total(pairs.map(\.reference), median),
        new: total(pairs.map(\.run), median)
      )
    }
    let held = counts.filter { $0.old > 0 }
    guard !held.isEmpty else {
      let new = counts.filter { $0.new > 0 }.map { "by the \($0.median.name)" }
      return new.isEmpty ? nil : "\(name) brings some \(Findings.list(new))"
    }
    let price = price(pairs).map { " \($0)" } ?? ""
    let parts = held.map { (removal(old: $0.old, new: $0.new), $0.median.name) }
    if Set(parts.map(\.0)).count == 1 {
      return "\(name) \(parts[0].0.verb) \(parts[0].0.object)\(price)"
    }
    if Set(parts.map(\.0.verb)).count == 1 {
      let objects = parts.enumerated().map { index, part in
        "\(index == 0 && part.0.object != "them" ? part.0.object : part.0.amount) by the \(part.1)"
      }
      return "\(name) \(parts[0].0.verb) \(Findings.list(objects))\(price)"
    }
    return "\(name) "
      + Findings.list(parts.map { "\($0.0.verb) \($0.0.object) by the \($0.1)" }) + price
  }

  private static func total(_ runs: [StudyResults.Run], _ median: MedianKind) -> Int {
    runs.reduce(0) { $0 + $1.massiveCount(.edge(median)) }
  }

  private struct Removal: Hashable {
    var verb: String
    /// After the verb alone, and in a list of medians.
    var object: String
    var amount: String
  }

  private static func removal(old: Int, new: Int) -> Removal {
    if new == 0 { return Removal(verb: "removes", object: "them", amount: "all") }
    let part = 1 - Double(new) / Double(old)
    if part <= -0.1 { return Removal(verb: "raises", object: "their number", amount: "that") }
    if part < 0.1 { return Removal(verb: "does not remove", object: "them", amount: "those") }
    let share = NumberText.percent(part)
    return Removal(verb: "removes", object: "\(share) of them", amount: share)
  }

  /// `at equal error`, `at a lower error`, `at a higher ROC-AUC`; nil without scores.
  private static func price(
    _ pairs: [(run: StudyResults.Run, reference: StudyResults.Run)]
  ) -> String? {
    let change = Comparison.differences(pairs) { $0.testMetric?.value }
    guard let mean = change.mean, mean.isFinite,
      let metric = pairs.first?.run.testMetric?.name
    else { return nil }
    let noun = Comparison.isMoreBetter(metric) == false ? "error" : metric
    let new = Spread(pairs.map { $0.run.testMetric?.value })
    let old = Spread(pairs.map { $0.reference.testMetric?.value })
    let isEqual =
      change.count > 1
      ? Comparison.judgment(change, new, old) == Comparison.within || mean == 0
      : abs(mean) <= 0.02 * abs(old.mean ?? 0)
    if isEqual { return "at equal \(noun)" }
    return "at a \(mean < 0 ? "lower" : "higher") \(noun)"
  }

  // MARK: - Other experiments

  private static func several(_ results: StudyResults) -> String {
    let arms = results.arms.filter { $0.kind != .base && ($0.has(.edge) || $0.has(.node)) }
    guard let first = arms.first else { return modules(results.arms, results) }
    let kind = activations(first)
    let counts = results.medians.filter { first.has(.init(kind, by: $0)) }.map { median in
      (median, arms.count { $0.hasMassive(.init(kind, by: median)) })
    }
    let noun = Findings.armNoun(results)
    let texts = counts.enumerated().map { index, one in
      (index == 0 ? "\(one.1) of \(arms.count) \(noun) hold massive activations" : "\(one.1)")
        + (counts.count > 1 ? " by the \(one.0.name)" : "")
    }
    return Findings.list(texts) + "."
  }

  /// What was recorded of arms without edge and node activations.
  private static func modules(_ arms: [StudyResults.Arm], _ results: StudyResults) -> String {
    arms.lazy.compactMap { RecordedModules($0, results.medians) }.first?.headline
      ?? "No activations were recorded."
  }

  private static func ablation(_ results: StudyResults) -> String? {
    let shares = Ablated.arms(results).compactMap { arm, type -> String? in
      let all = results.medians.compactMap { median in
        TypeShare.all(arm, by: median).first { $0.id == type && $0.massive.mean != nil }
          .map { (median: median, share: $0) }
      }
      guard let share = all.first?.share else { return nil }
      let texts = all.map { ($0.median.name, NumberText.percent($0.share.massive.mean!)) }
      let isOne = Set(texts.map(\.1)).count == 1
      let shares = isOne ? texts[0].1 : Findings.list(texts.map { "\($1) by the \($0)" })
      return
        "of those on graphs with extra edges, \(shares) "
        + "are on these meaningless edges (\(NumberText.percent(share.edges)) of the edges)"
    }
    let relabeled = results.arms.filter { $0.kind == .relabeled }.map { arm in
      let with = arm.runs.count { run in
        results.medians.contains { run.massiveCount(.edge($0)) > 0 }
      }
      return "with relabeled edges "
        + (arm.runs.count == 1
          ? (with == 1 ? "there are some too" : "there are none")
          : "\(with) of \(arm.runs.count) models hold some")
    }
    let texts = shares + relabeled
    return texts.isEmpty ? nil : texts.joined(separator: "; ")
  }

  private static func attack(_ results: StudyResults) -> String? {
    let texts = AttackGroup.groups(results).compactMap { group -> String? in
      guard let deviation = group.deviations.last, let gain = group.gain(deviation).mean else {
        return nil
      }
      return "\(NumberText.percent(abs(gain))) \(gain < 0 ? "lower" : "higher") (\(group.label))"
    }
    guard !texts.isEmpty, let deviation = AttackGroup.groups(results).first?.deviations.last else {
      return nil
    }
    return
      "With optimized noise of standard deviation \(NumberText.significant(deviation, digits: 3)) the loss "
      + "is \(Findings.list(texts)) than with random noise."
  }
}

extension StudyResults.Run.Kind {
  /// Whether the model was trained with something that is meant to prevent massive activations.
  var isCountermeasure: Bool { self == .ebt || self == .adaptive }
}
