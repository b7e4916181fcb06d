import OutcropStatistics

/// The comparison of several results, which precedes the individual results on the page.
struct ComparisonContent {
  let results: [StudyResults]
  let parts: HTMLParts
  /// A model on a data set, with its arms from all files.
  let groups: [Group]

  /// Arms with the same model, settings, data and experiment. Their seeds may come from different files.
  struct Group {
    var name: String
    /// Numbers of the files, from 1.
    var files: [Int]
    var threshold: Double
    var experiment: StudyResults.Experiment
    var results: StudyResults
    var arms: [StudyResults.Arm] { results.arms }
  }

  init(_ results: [StudyResults], parts: HTMLParts) {
    self.results = results
    self.parts = parts
    groups = Self.groups(results)
  }

  var html: String {
    guard !results.isEmpty else { return parts.paragraph("No results.") }
    return parts.headline(headline) + figures + parts.contents + table + parts.list(sentences)
      + settings
  }

  // MARK: - Groups

  private static func groups(_ results: [StudyResults]) -> [Group] {
    var groups: [Group] = []
    for (index, one) in results.enumerated() {
      let known = groups.firstIndex { canJoin($0.results, one) }
      if let known {
        groups[known].files.append(index + 1)
        groups[known].results.runs += one.runs
        groups[known].results.attacks += one.attacks
        groups[known].results.attributions += one.attributions
        continue
      }
      groups.append(
        Group(
          name: "", files: [index + 1], threshold: one.threshold, experiment: one.experiment,
          results: one))
    }
    for index in groups.indices {
      let one = groups[index].results
      let parts = [one.model?.name, one.dataset?.name].compactMap(\.self)
      let isStudy = one.experiment == .study || one.experiment == .analysis
      groups[index].name =
        (parts.isEmpty ? "activations" : parts.joined(separator: " on "))
        + (isStudy ? "" : " (\(one.experiment.rawValue))")
    }
    // Groups that differ only in settings have the numbers of their files in their names.
    for index in groups.indices {
      let name = groups[index].name
      if groups.count(where: { $0.name == name }) > 1 {
        groups[index].name += ", file \(groups[index].files.map { "\($0)" }.joined(separator: "+"))"
      }
    }
    return groups
  }

  /// Whether two results differ only in their seeds.
  private static func canJoin(_ first: StudyResults, _ second: StudyResults) -> Bool {
    func settings(_ results: StudyResults) -> [String: StudyResults.Setting]? {
      results.model?.configuration.filter { $0.key != "seed" }
    }
    let seeds = Set(first.runs.map(\.seed))
    return first.model != nil && first.dataset != nil && first.model?.name == second.model?.name
      && settings(first) == settings(second) && first.dataset?.name == second.dataset?.name
      && first.dataset?.checksum == second.dataset?.checksum
      && first.experiment == second.experiment && first.threshold == second.threshold
      && first.medians == second.medians && first.toolVersion == second.toolVersion
      && StudyResults.areTrainedAlike(first, second)
      && !seeds.contains(nil) && seeds.isDisjoint(with: second.runs.map(\.seed))
  }

  // MARK: - Sections

  /// In how many comparisons massive activations appear with training.
  private var headline: String {
    let texts = medians.compactMap { median -> (with: Int, all: Int, name: String)? in
      let trained = groups.flatMap(\.arms).filter { $0.kind == .trained && $0.has(.edge(median)) }
      guard !trained.isEmpty else { return nil }
      return (trained.count { $0.hasMassive(.edge(median)) }, trained.count, median.name)
    }
    guard let first = texts.first else {
      return "\(NumberText.grouped(results.count)) results compared."
    }
    return
      "Massive activations in \(first.with) of \(first.all) trained models by the \(first.name)"
      + texts.dropFirst().map { " and in \($0.with) by the \($0.name)" }.joined() + "."
  }

  /// Findings over all results.
  private var sentences: [String] {
    var texts: [String] = []
    for median in medians {
      let trained = groups.flatMap { group in
        group.arms.filter { $0.kind == .trained && $0.hasBase && $0.has(.edge(median)) }
          .map { (group, $0) }
      }
      func massive(_ runs: [StudyResults.Run?]) -> Bool {
        runs.contains { ($0?.massiveCount(.edge(median)) ?? 0) > 0 }
      }
      guard !trained.isEmpty else { continue }
      let with = trained.filter { massive($0.1.runs) && !massive($0.1.bases) }
      let names = with.map(\.0.name)
      texts.append(
        "By the \(median.name), massive activations appear with training in \(with.count) of "
          + "\(trained.count) comparisons of untrained and trained models"
          + (names.isEmpty ? "." : ": \(Findings.list(names)).") + thresholds)
    }
    for group in groups where group.experiment != .sweep && group.experiment != .attack {
      texts += Findings.biasEffects(group.arms, medians: group.results.medians).map {
        "\(group.name): \($0)"
      }
    }
    return texts
  }

  /// The medians that at least one of the results has.
  private var medians: [MedianKind] {
    MedianKind.allCases.filter { median in
      results.contains { $0.medians.contains(median) }
    }
  }

  private var thresholds: String {
    let all = Set(groups.map(\.threshold))
    return all.count > 1
      ? " Caution: the results use different thresholds ("
        + "\(all.sorted().map(NumberText.ratio).joined(separator: ", ")))."
      : ""
  }

  private var table: String {
    let isCommon = Set(groups.map(\.threshold)).count == 1
    var table = DataTable(
      [
        .init("Files", .text), .init("Model", .text), .init("Data", .text), .init("Arm", .text),
        .init("n"), .init("Epochs"), .init("Metric", .text), .init("Test", .spread),
        .init("Median", .text), .init("MAs", .spread), .init("Layers with MAs", .spread),
        .init("Largest ratio", .spread),
      ] + (isCommon ? [] : [.init("Threshold")]))
    for group in groups {
      let kinds = group.results.medians.map { StudyResults.RatioKind.edge($0) }
      for (arm, kind) in group.arms.flatMap({ arm in kinds.map { (arm, $0) } }) {
        if arm.hasMassive(kind) { table.strong.insert(table.rows.count) }
        table.rows.append(
          [
            .text(group.files.map { "\($0)" }.joined(separator: ", ")),
            .text(group.results.model?.name ?? LayerText.none),
            .text(group.results.dataset?.name ?? LayerText.none),
            .text(arm.label), .count(arm.runs.count), .count(arm.epochs),
            .text(arm.first.testMetric?.name ?? LayerText.none), .scores(arm.testMetric),
            StudyContent.cell(kind.median), .amounts(arm.massive(kind)),
            .amounts(arm.massiveLayers(kind)), .ratios(arm.largestRatio(kind)),
          ]
            + (isCommon
              ? [] : [.number(group.threshold, NumberText.ratio(group.threshold))]))
      }
    }
    var html = parts.heading("Side by side") + parts.table(table, name: "comparison")
    html += parts.paragraph(
      "Mean ± standard deviation over n seeds; MAs are massive activations of edges, all layers "
        + "together, by each median. Files with the same model, settings and data but different seeds "
        + "are combined. "
        + "Lines with MAs are set in bold.", class: "note")
    var differences: DataTable?
    for group in groups where group.experiment != .sweep && group.experiment != .attack {
      guard
        let found = StudyContent.differences(
          group.arms, medians: group.results.medians, name: group.name)
      else { continue }
      if differences == nil { differences = found } else { differences?.rows += found.rows }
    }
    if let differences {
      html += parts.subheading("Bias terms against plain training")
      html += parts.table(differences, name: "comparison-differences")
      html += parts.paragraph(
        "Differences pair runs of the same seed and number of epochs. Each data set has its own "
          + "test metric, so differences are comparable within a row but not between rows.",
        class: "note")
    }
    return html + experiments
  }

  /// Meaningless edges and attacks over several files.
  private var experiments: String {
    var html = ""
    var edges = DataTable([
      .init("Model", .text), .init("Median", .text), .init("n with MAs"),
      .init("Share of edges", unit: "share"),
      .init("Share of MAs", .spread, unit: "share"), .init("Enrichment", .spread),
    ])
    var gains = DataTable([
      .init("Model", .text), .init("Seeds"), .init("σ of the noise", unit: "embedding units"),
      .init("Gain", .spread, unit: "share"),
    ])
    for group in groups {
      for (arm, type) in Ablated.arms(group.results) {
        for median in group.results.medians {
          guard let share = TypeShare.all(arm, by: median).first(where: { $0.id == type }) else {
            continue
          }
          edges.rows.append([
            .text("\(group.name): \(arm.label)"), StudyContent.cell(median),
            .count(share.massive.count),
            .number(share.edges, NumberText.percent(share.edges)), .shares(share.massive),
            .spread(share.enrichment, share.enrichment.score),
          ])
        }
      }
      for attack in AttackGroup.groups(group.results) {
        gains.rows += attack.deviations.map { deviation in
          [
            .text("\(group.name): \(attack.label)"), .count(attack.seeds),
            .number(deviation, NumberText.significant(deviation, digits: 3)),
            .shares(attack.gain(deviation)),
          ]
        }
      }
    }
    if !edges.rows.isEmpty {
      html += parts.subheading("Meaningless edges")
      html += parts.table(edges, name: "comparison-ablation")
    }
    if !gains.rows.isEmpty {
      html += parts.subheading("Gain of optimized over random noise")
      html += parts.table(gains, name: "comparison-attack")
    }
    return html
  }

  private var figures: String {
    let shown = groups.filter { group in group.arms.contains { $0.has(.edge) } }
    guard !shown.isEmpty else { return "" }
    let thresholds = Set(shown.map(\.threshold))
    let overview = medians.map { median in
      Figures.largestRatios(
        shown.map { ($0.name, $0.arms) },
        threshold: thresholds.count == 1 ? thresholds.first : nil, by: median)
    }
    var html = parts.heading("Untrained against trained")
    html += parts.figure(
      overview,
      caption: "Each dot is the largest ratio of one seed’s model; the gray bar spans the batch "
        + "maxima of all its layers and seeds.")
    let panels = shown.flatMap { group in
      group.arms.filter { $0.kind == .trained || $0.kind == .recorded }.flatMap { arm in
        var run = arm.first
        run.label = "\(group.name), \(arm.name(of: run))"
        return group.results.medians.map {
          Figures.batchMaxima(
            of: run, base: arm.bases[0], threshold: group.threshold, kind: .edge($0))
        }
      }
    }
    html += parts.figure(
      panels,
      caption:
        "The largest ratio of each batch, in sorted order: one line per layer of the trained model, and "
        + "the range of the untrained model’s layers (gray). The dashed line is the threshold. Drawn for "
        + "the first seed of each model.")
    return html
  }

  /// The settings that differ between the files, so that readers notice a comparison of dissimilar results.
  private var settings: String {
    var rows: [(String, [String])] = [
      ("experiment", results.map(\.experiment.rawValue)),
      ("outcrop", results.map(\.toolVersion)),
      ("threshold", results.map { NumberText.ratio($0.threshold) }),
      ("medians", results.map { $0.medians.map(\.rawValue).joined(separator: ", ") }),
      ("seeds", results.map { StudyContent.seeds($0).joined(separator: ", ") }),
      ("model", results.map { $0.model?.name ?? LayerText.none }),
      ("data set", results.map { $0.dataset?.name ?? LayerText.none }),
      ("data checksum", results.map { $0.dataset?.checksum ?? LayerText.none }),
      ("analyzed split", results.map { $0.dataset?.analyzedSplit ?? LayerText.none }),
      (
        "epochs",
        results.map { one in
          let all = Set(one.runs.filter { $0.kind != .base }.compactMap(\.epochs)).sorted()
          return all.map(NumberText.grouped).joined(separator: ", ")
        }
      ),
      ("processor", results.map(\.machine.cpu)),
    ]
    let keys = Set(results.flatMap { $0.model.map { Array($0.configuration.keys) } ?? [] })
    for key in keys.sorted() {
      rows.append(
        (
          key,
          results.map { one in
            one.model?.configuration[key].map(StudyContent.text) ?? LayerText.none
          }
        ))
    }
    // Settings of single runs, such as those of training.
    let runs = results.map { one in
      one.runs.filter { $0.kind != .base }.compactMap(\.settings)
    }
    let known = rows.filter { Set($0.1).count > 1 }.map(\.0)
    for key in Set(runs.joined().flatMap(\.keys)).subtracting(known).sorted() {
      let texts = runs.map { Set($0.compactMap { $0[key].map(StudyContent.text) }).sorted() }
      rows.append(
        (key, texts.map { $0.isEmpty ? LayerText.none : $0.joined(separator: ", ") }))
    }
    let different = rows.filter { Set($0.1).count > 1 }
    guard !different.isEmpty else { return "" }
    let table = DataTable(
      [.init("Setting", .text)] + results.indices.map { .init("File \($0 + 1)", .text) },
      rows: different.map { name, values in [.text(name)] + values.map { .text($0) } })
    return parts.heading("What differs between the files")
      + parts.table(table, name: "settings")
  }
}
