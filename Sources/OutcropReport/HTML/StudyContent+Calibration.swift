extension StudyContent {
  /// Detection with a stated error rate, for the first seed of each run.
  var calibrationFigure: String {
    guard let all = results.calibrations, !all.isEmpty else { return "" }
    var shown: Set<String> = []
    let panels = all.flatMap { calibration in
      calibration.tests.compactMap { test in
        shown.insert("\(test.label) \(calibration.median.rawValue)").inserted
          ? Figures.calibration(calibration, of: test) : nil
      }
    }
    let percent = NumberText.percent(all[0].errorRate)
    return parts.figure(
      panels,
      caption:
        "Gray area: the largest ratios of a layer’s edge activations in untrained "
        + "models of the same kind. Ring: the ratio that an untrained model exceeds in any layer with a "
        + "probability of \(percent). Dot: this model, red if it is over. Drawn for the first seed."
    )
  }

  /// What the calibrations say of each model.
  var calibrationSentences: [String] { (results.calibrations ?? []).flatMap(Self.sentences) }

  /// Every calibration in words and numbers.
  var calibrationDetails: String {
    guard let all = results.calibrations, !all.isEmpty else { return "" }
    return parts.list(calibrationSentences)
      + parts.table(CalibrationTable.table(all, convention: results.threshold), name: "calibration")
  }

  private static func sentences(_ calibration: StudyResults.Calibration) -> [String] {
    calibration.tests.map { test in
      let over = test.layers.filter { $0.isOver == true }.map { "\($0.index)" }
      let layers =
        over.isEmpty
        ? "no layer has larger ratios than untrained models"
        : "layers with larger ratios than untrained models: \(over.joined(separator: ", "))"
      return
        "\(test.label)\(test.seed.map { ", seed \($0)" } ?? ""), \(calibration.median.name): \(layers) "
        + "(\(calibration.seeds) untrained models, error rate "
        + "\(NumberText.percent(calibration.errorRate)) over all layers)."
    }
  }
}
