import OutcropCore
import OutcropStatistics

extension StudyContent {
  /// The effect of each layer's massive entries beside its controls, for the first kind of change.
  var interventionFigure: String {
    guard let all = results.interventions, !all.isEmpty else { return "" }
    let kind = all[0].kind
    let groups = InterventionTable.models(all).flatMap { label, seed in
      medians.map { median in
        (
          label: label, seed: seed, median: median,
          list: all.filter {
            $0.label == label && $0.seed == seed && $0.seeds == nil && $0.median == median
              && $0.kind == kind && $0.entries > 0
          }
        )
      }
    }.filter { !$0.list.isEmpty }
    let panels = groups.map { group in
      Figures.interventions(
        of: group.list,
        title: "\(group.label)\(group.seed.map { ", seed \($0)" } ?? ""): \(group.median.name)")
    }
    let caption =
      "The massive entries of a layer’s edge activations are changed (here: "
      + "\(Markup.escape(kind))) before the layer uses them; the dot is the mean absolute change of a "
      + "prediction with a 95% interval from resampled graphs. Gray area: the same for as many entries drawn "
      + "at random from the layer and from the rows that hold massive ones. Ring: the largest entries under "
      + "the threshold. A layer is load-bearing (red) if the dot is over the 97.5th percentile of both random "
      + "controls, otherwise idle."
    return parts.figure(panels, caption: caption)
  }

  /// Every intervention in words and numbers.
  var interventionDetails: String {
    guard let all = results.interventions, !all.isEmpty else { return "" }
    return parts.list(InterventionTable.sentences(all))
      + parts.table(InterventionTable.table(all), name: "interventions")
  }
}

/// Interventions as tables and sentences.
enum InterventionTable {
  /// The models, each once, in order.
  static func models(
    _ all: [StudyResults.Intervention]
  ) -> [(label: String, seed: UInt64?)] {
    var result: [(label: String, seed: UInt64?)] = []
    for one in all where one.seeds == nil {
      if !result.contains(where: { $0.label == one.label && $0.seed == one.seed }) {
        result.append((one.label, one.seed))
      }
    }
    return result
  }

  /// For each model and median the load-bearing and idle layers by the first kind of change.
  static func sentences(_ all: [StudyResults.Intervention]) -> [String] {
    guard let kind = all.first?.kind else { return [] }
    var result: [String] = []
    for (label, seed) in models(all) {
      for median in MedianKind.allCases {
        let list = all.filter {
          $0.label == label && $0.seed == seed && $0.seeds == nil && $0.median == median
            && $0.kind == kind
        }
        if list.isEmpty { continue }
        let name = "\(label)\(seed.map { ", seed \($0)" } ?? ""), \(median.name)"
        let found = list.filter { $0.entries > 0 }
        if found.isEmpty {
          result.append("\(name): nothing is massive.")
          continue
        }
        func layers(_ verdict: StudyResults.InterventionVerdict) -> String? {
          let of = found.filter { $0.verdict == verdict }
            .map { $0.layer.map { "layer \($0)" } ?? "all layers together" }
          return of.isEmpty ? nil : "\(verdict.rawValue): \(of.joined(separator: ", "))"
        }
        let verdicts = [.loadBearing, .idle, .undefined].compactMap(layers)
        result.append("\(name), entries changed (\(kind)): \(verdicts.joined(separator: "; ")).")
      }
    }
    return result
  }

  static func table(_ all: [StudyResults.Intervention]) -> DataTable {
    func percentile(
      _ one: StudyResults.Intervention, _ selection: StudyResults.InterventionControl.Selection
    ) -> DataTable.Cell {
      guard let control = one.controls.first(where: { $0.selection == selection }),
        let value = control.predictionChanges.sorted().sortedQuantile(0.975)
      else { return .empty }
      return .number(value, NumberText.significant(value, digits: 3))
    }
    return DataTable(
      [
        .init("Model", .text), .init("Seed", .text), .init("Median", .text),
        .init("Change", .text), .init("Layer", .text), .init("Entries"), .init("Graphs"),
        .init("Massive entries", .estimate, group: "Mean absolute change of a prediction"),
        .init("Random, 97.5%", group: "Mean absolute change of a prediction"),
        .init("Same rows, 97.5%", group: "Mean absolute change of a prediction"),
        .init("Next largest", group: "Mean absolute change of a prediction"),
        .init("Change of the metric", .estimate), .init("Verdict", .text),
        .init("Verdict by the metric", .text),
      ],
      rows: all.map { one in
        [
          .text(one.label),
          .text(one.seed.map { "\($0)" } ?? one.seeds.map { "mean of \($0)" } ?? ""),
          .text(one.median.rawValue), .text(one.kind),
          .text(one.layer.map { "\($0)" } ?? "all"), .count(one.entries), .count(one.examples),
          .interval(one.predictionChange), percentile(one, .random), percentile(one, .sameRows),
          percentile(one, .nextLargest), .interval(one.metricChange),
          .text(
            one.verdict.rawValue
              + (one.loadBearingSeeds.map { " (\($0) of \(one.seeds ?? 0) load-bearing)" } ?? "")),
          .text(one.metricVerdict.rawValue),
        ]
      })
  }
}

extension TextTable {
  /// The interventions of the results for a terminal: their table and one sentence for each model and median;
  /// nil without any.
  public static func interventions(of results: StudyResults) -> String? {
    guard let all = results.interventions, !all.isEmpty else { return nil }
    let table = InterventionTable.table(all)
    let text = TextTable(
      columns: table.columns.map { Column($0.title, $0.isText ? .left : .right) },
      rows: table.rows.map { $0.map(\.text) })
    return text.text + "\n"
      + InterventionTable.sentences(all).joined(separator: "\n") + "\n"
  }
}
