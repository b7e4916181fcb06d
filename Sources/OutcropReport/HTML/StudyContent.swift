/// The content of the page about one set of results; the sections are in extensions.
struct StudyContent {
  let results: StudyResults
  let arms: [StudyResults.Arm]
  let parts: HTMLParts
  /// The file of the results, if known.
  let source: String?

  init(_ results: StudyResults, parts: HTMLParts, source: String?) {
    self.results = results
    self.parts = parts
    self.source = source
    arms = results.arms
  }

  /// All sections in order.
  var html: String {
    [
      banner, findings, overviewSection, layerTables(.edge), verdictSection, batchMaximaSection,
      edgeTypeSection, ablationSection, sweepSection, distributionSection, followedSection,
      attackSection, attributionSection, trainingSection, nodeSection, moduleSection,
      reproductionSection,
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The trained arms, or all arms if there are only untrained ones.
  var subjects: [StudyResults.Arm] {
    let trained = arms.filter { $0.kind != .base }
    return trained.isEmpty ? arms : trained
  }

  static func title(_ results: StudyResults) -> String {
    let subject =
      switch results.experiment {
      case .attack: "Noise attack"
      case .ablation: "Massive activations and meaningless edges"
      case .sweep: "Massive activations over a grid"
      case .study, .analysis: "Massive activations"
      }
    return switch (results.model?.name, results.dataset?.name) {
    case (let model?, let data?): "\(subject) in \(model) on \(data)"
    case (let model?, nil): "\(subject) in \(model)"
    case (nil, let data?): "\(subject) on \(data)"
    case (nil, nil): subject
    }
  }

  /// The date without seconds, if it has the usual form.
  static func date(_ date: String) -> String {
    guard date.count == 20, date.hasSuffix("Z"), date.dropFirst(10).hasPrefix("T") else {
      return date
    }
    return "\(date.prefix(10)) \(date.dropFirst(11).prefix(5)) UTC"
  }

  static func lead(_ results: StudyResults) -> String {
    var parts = [date(results.date), "outcrop \(results.toolVersion)"]
    let arms = results.arms
    if !arms.isEmpty { parts.append(arms.map(\.label).joined(separator: ", ")) }
    let seeds = seeds(results)
    if seeds.count > 1 { parts.append("seeds \(seeds.joined(separator: ", "))") }
    return parts.joined(separator: " · ")
  }

  /// The seeds of all runs, in order of appearance.
  static func seeds(_ results: StudyResults) -> [String] {
    var seeds: [UInt64] = []
    for run in results.runs {
      if let seed = run.seed, !seeds.contains(seed) { seeds.append(seed) }
    }
    return seeds.map { "\($0)" }
  }

  private var banner: String {
    guard let data = results.dataset, data.isSynthetic else { return "" }
    return "<p class=\"banner\" role=\"note\"><strong>Synthetic data.</strong> The graphs of "
      + "“\(Markup.escape(data.name))” are generated (\(Markup.escape(data.source))). They show "
      + "how the method works; the results say nothing about real molecules.</p>"
  }

  private var findings: String { parts.list(Findings.sentences(results) + results.notes) }

  /// The medians of the results.
  var medians: [StudyResults.MedianKind] { results.medians }

  /// A figure for the first seed of each arm, and a collapsed figure for the other seeds.
  func figures(
    _ arms: [StudyResults.Arm], caption: String,
    _ draw: (_ run: StudyResults.Run, _ base: StudyResults.Run?) -> [SVGFigure]
  ) -> String {
    let first = arms.flatMap { draw(named($0, $0.first), $0.bases[0]) }
    let others = arms.flatMap { arm in
      zip(arm.runs, arm.bases).dropFirst().flatMap { run, base in draw(named(arm, run), base) }
    }
    let note =
      others.isEmpty ? "" : " Drawn for the first seed of each model; the other seeds are below."
    return parts.figure(first, caption: caption + note)
      + parts.details(
        "The other seeds", parts.figure(others, caption: "The other seeds.", isDetail: true))
  }

  /// The same with a panel for each median.
  func figuresByMedian(
    _ arms: [StudyResults.Arm], caption: String,
    _ draw: (StudyResults.Run, _ base: StudyResults.Run?, StudyResults.MedianKind) -> [SVGFigure]
  ) -> String {
    figures(arms, caption: caption) { run, base in medians.flatMap { draw(run, base, $0) } }
  }

  /// The name of a median in the column `Median` of a table.
  static func cell(_ median: StudyResults.MedianKind) -> DataTable.Cell { .text(median.rawValue) }

  /// The run, with its seed in the label if the arm has several seeds.
  func named(_ arm: StudyResults.Arm, _ run: StudyResults.Run) -> StudyResults.Run {
    var run = run
    run.label = arm.name(of: run)
    return run
  }
}
