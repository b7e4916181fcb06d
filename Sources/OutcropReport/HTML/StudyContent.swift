import OutcropStatistics

/// The content of the page about one set of results; the sections are in extensions.
final class StudyContent {
  let results: StudyResults
  let arms: [StudyResults.Arm]
  let parts: HTMLParts
  /// The file of the results, if known.
  let source: String?
  /// The findings, by the question that they answer.
  private let answers: [(question: Question?, sentence: String)]

  init(_ results: StudyResults, parts: HTMLParts, source: String?) {
    self.results = results
    self.parts = parts
    self.source = source
    arms = results.arms
    answers = Findings.answers(results)
  }

  /// The first screen, then a section for each question of a reader.
  var html: String {
    ([opening] + Question.allCases.map(section) + [reproductionSection])
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func section(_ question: Question) -> String {
    let answer =
      switch question {
      case .presence: presenceAnswer
      case .place: placeAnswer
      case .course: courseAnswer
      case .carriers: carriersAnswer
      case .effect: effectAnswer
      case .remedy: remedyAnswer
      case .certainty: certaintyAnswer
      }
    var folded = answer.folded
    let words = findings(question).filter { !answer.sentences.contains($0) }
    if answer.isEmpty, words.isEmpty { return "" }
    if !words.isEmpty { folded.insert(("In words", parts.list(words)), at: 0) }
    return parts.heading(question) + answer.figure
      + answer.sentences.map { parts.paragraph($0) }.joined()
      + folded.map { parts.details($0.title, $0.content) }.joined(separator: "\n")
  }

  /// The findings that answer a question.
  func findings(_ question: Question) -> [String] {
    answers.filter { $0.question == question }.map(\.sentence)
  }

  /// The sentence about the model and the data. The headline says where there are none.
  var subject: String? {
    results.runs.isEmpty && results.attacks.isEmpty
      ? nil : answers.first { $0.question == nil }?.sentence
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
      case .ablation: "Massive activations and changed edges"
      case .sweep: "Massive activations over a grid"
      case .study, .analysis, .intervention: "Massive activations"
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

  /// The seeds of all runs, in order of appearance.
  static func seeds(_ results: StudyResults) -> [String] {
    var seeds: [UInt64] = []
    for run in results.runs {
      if let seed = run.seed, !seeds.contains(seed) { seeds.append(seed) }
    }
    return seeds.map { "\($0)" }
  }

  /// The medians of the results.
  var medians: [MedianKind] { results.medians }

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
    _ draw: (StudyResults.Run, _ base: StudyResults.Run?, MedianKind) -> [SVGFigure]
  ) -> String {
    figures(arms, caption: caption) { run, base in medians.flatMap { draw(run, base, $0) } }
  }

  /// The name of a median in the column `Median` of a table.
  static func cell(_ median: MedianKind) -> DataTable.Cell { .text(median.rawValue) }

  /// The run, with its seed in the label if the arm has several seeds.
  func named(_ arm: StudyResults.Arm, _ run: StudyResults.Run) -> StudyResults.Run {
    var run = run
    run.label = arm.name(of: run)
    return run
  }
}

/// The content of a section: a figure, up to three sentences, and what is folded below them.
struct Answer {
  /// The figure as HTML.
  var figure = ""
  /// The sentences. Findings that are not among them are folded.
  var sentences: [String] = []
  /// Titles and HTML of what a reader can unfold; parts without content are omitted.
  var folded: [(title: String, content: String)] = []

  var isEmpty: Bool {
    figure.isEmpty && sentences.isEmpty && folded.allSatisfy(\.content.isEmpty)
  }
}
