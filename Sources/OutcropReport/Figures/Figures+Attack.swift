extension Figures {
  /// Loss against the noise's standard deviation for one model: random and optimized noise, mean over
  /// seeds and draws with one standard deviation, and the loss without noise.
  public static func attackLosses(of group: AttackGroup, style: String = "--c:var(--blue)")
    -> SVGFigure
  {
    let deviations = group.deviations
    func line(_ label: String, _ look: String, _ value: (Double) -> Spread) -> LineChart.Series {
      .init(
        label: label,
        points: deviations.map {
          let spread = value($0)
          return .init($0, spread.mean ?? .nan, deviation: spread.deviation)
        }, look: look, style: style, hasDots: true)
    }
    let clean = group.cleanLoss.mean ?? .nan
    let texts = deviations.map { deviation in
      "deviation \(NumberText.significant(deviation, digits: 3)): random "
        + "\(group.random(deviation).score), optimized \(group.optimized(deviation).score)"
    }
    return LineChart(
      title: "\(group.label): loss under noise",
      x: .init(
        name: "standard deviation of the noise (embedding units; log)", isLogarithmic: true,
        ticks: deviations),
      y: .init(name: "mean loss"),
      series: [
        line("optimized", "thick") { group.optimized($0) },
        line("random", "dash") { group.random($0) },
        .init(
          label: "no noise", points: deviations.map { .init($0, clean) }, look: "dots",
          style: "--c:var(--soft)"),
      ],
      alternativeText: "Loss without noise \(group.cleanLoss.score); "
        + texts.joined(separator: "; ") + "."
    ).figure
  }

  /// The gain of optimized over random noise against the noise's size, one line per model.
  public static func attackGains(of groups: [AttackGroup], styles: [String]) -> SVGFigure {
    let series = zip(groups, styles).map { group, style in
      LineChart.Series(
        label: group.label,
        points: group.deviations.map {
          let spread = group.gain($0)
          return .init(
            $0, 100 * (spread.mean ?? .nan), deviation: spread.deviation.map { 100 * $0 })
        }, style: style, hasDots: true)
    }
    let deviations = Set(groups.flatMap(\.deviations)).sorted()
    let texts = groups.map { group in
      "\(group.label): "
        + group.deviations.map {
          "\(group.gain($0).percent) at "
            + NumberText.significant($0, digits: 3)
        }.joined(separator: ", ")
    }
    return LineChart(
      title: "Gain of optimized over random noise",
      x: .init(
        name: "standard deviation of the noise (embedding units; log)", isLogarithmic: true,
        ticks: deviations),
      y: .init(name: "gain: optimized / random loss − 1 (percent)", includes: [0]),
      series: series, alternativeText: texts.joined(separator: "; ") + "."
    ).figure
  }
}

/// All attacks on models of one label.
public struct AttackGroup: Sendable, Equatable {
  public let label: String
  let attacks: [StudyResults.Attack]

  /// The attacks grouped by label, in order of appearance.
  public static func groups(_ results: StudyResults) -> [AttackGroup] {
    var labels: [String] = []
    for attack in results.attacks where !labels.contains(attack.label) {
      labels.append(attack.label)
    }
    return labels.map { label in
      AttackGroup(label: label, attacks: results.attacks.filter { $0.label == label })
    }
  }

  /// Ascending, positive.
  var deviations: [Double] {
    Set(attacks.map(\.deviation)).filter { $0 > 0 && $0.isFinite }.sorted()
  }

  private func at(_ deviation: Double) -> [StudyResults.Attack] {
    attacks.filter { $0.deviation == deviation }
  }

  var seeds: Int { Set(attacks.map(\.seed)).count }
  var draws: Int { attacks.map(\.randomLosses.count).max() ?? 0 }

  /// One value per seed.
  var cleanLoss: Spread {
    var seen: Set<UInt64?> = []
    return Spread(attacks.filter { seen.insert($0.seed).inserted }.map(\.cleanLoss))
  }

  /// Over seeds and draws.
  func random(_ deviation: Double) -> Spread { Spread(at(deviation).flatMap(\.randomLosses)) }
  func optimized(_ deviation: Double) -> Spread {
    Spread(at(deviation).flatMap(\.optimizedLosses))
  }

  /// Gain of every draw of every seed: its optimized loss over its random loss, minus 1.
  func gain(_ deviation: Double) -> Spread {
    Spread(at(deviation).flatMap { zip($0.optimizedLosses, $0.randomLosses).map { $0 / $1 - 1 } })
  }
}
