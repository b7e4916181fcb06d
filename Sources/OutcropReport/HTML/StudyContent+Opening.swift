/// The first screen: the answer in one sentence, the figure that carries it, and the numbers.
extension StudyContent {
  var opening: String {
    let headline = Headline(results)
    return parts.headline(headline.sentence) + deck + banner
      + parts.figure(openingFigures, isOpening: true) + parts.keys(headline.numbers)
      + parts.contents
  }

  /// The subject and the definition, in one line each.
  private var deck: String {
    let seeds = Self.seeds(results)
    var texts: [String] = [subject].compactMap(\.self)
    if results.runs.contains(where: { !$0.layers.isEmpty }) {
      texts.append(
        "Massive: over \(NumberText.ratio(results.threshold)) times "
          + (medians.count > 1 ? "a median." : "the \(medians.first?.name ?? "median")."))
    }
    if seeds.count > 1 { texts.append("Seeds \(Findings.list(seeds)).") }
    if seeds.count == 1 { texts.append("One seed.") }
    return texts.isEmpty ? "" : parts.paragraph(texts.joined(separator: " "), class: "deck")
  }

  private var banner: String { progressBanner + syntheticBanner }

  private var progressBanner: String {
    results.progressSentence.map {
      "<p class=\"banner\" role=\"note\"><strong>Study in progress.</strong> \(Markup.escape($0))</p>"
    } ?? ""
  }

  private var syntheticBanner: String {
    guard let data = results.dataset, data.isSynthetic else { return "" }
    let isPreset = results.notes.contains { $0.hasPrefix("Preset:") }
    return "<p class=\"banner\" role=\"note\"><strong>Synthetic data.</strong> The graphs of "
      + "“\(Markup.escape(data.name))” are generated"
      + (isPreset
        ? ", and the settings were chosen by measurement so that massive activations appear" : "")
      + ": nothing here is about real molecules.</p>"
  }

  /// For a wide and for a narrow screen.
  private var openingFigures: (wide: [SVGFigure], narrow: [SVGFigure]) {
    if arms.contains(where: { $0.has(.edge) || $0.has(.node) }) {
      func overview(_ isNarrow: Bool) -> [SVGFigure] {
        [
          Figures.overview(
            of: arms, medians: medians, threshold: results.threshold, isNarrow: isNarrow)
        ]
      }
      return (overview(false), overview(true))
    }
    let groups = AttackGroup.groups(results).filter { !$0.deviations.isEmpty }
    guard !groups.isEmpty else { return ([], []) }
    let figure = Figures.attackGains(of: groups, styles: attackStyles(groups))
    return ([figure], [])
  }

  /// The colors of the attacked models.
  func attackStyles(_ groups: [AttackGroup]) -> [String] {
    let styles = zip(arms, FigureStyle.styles(arms)).map { ($0.label, $1) }
    return groups.map { group in
      styles.first { $0.0 == group.label }?.1 ?? "--c:var(--blue)"
    }
  }
}
