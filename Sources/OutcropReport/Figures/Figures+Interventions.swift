extension Figures {
  /// The effect of changing a model's massive activations, layer by layer, beside the range of its random controls.
  ///
  /// - Parameters:
  ///   - interventions: results of one model, one median and one kind of change.
  ///   - title: the model and what was changed.
  public static func interventions(
    of interventions: [StudyResults.Intervention], title: String
  ) -> SVGFigure {
    let shown = interventions.filter { $0.predictionChange != nil }
    let rows = shown.map { one in
      let controls = one.controls.filter { $0.selection != .nextLargest }
        .flatMap(\.predictionChanges).filter { !$0.isNaN }
      let next = one.controls.first { $0.selection == .nextLargest }?.predictionChanges.first
      let change = one.predictionChange!
      return IntervalPlot.Row(
        label: one.layer.map { "layer \($0)" } ?? "all layers",
        note: one.verdict.rawValue,
        marks: (next.map { [.init(value: $0, style: "--c:var(--gray)", isReference: true)] } ?? [])
          + [
            .init(
              value: change.value, lower: change.lower, upper: change.upper,
              style: one.verdict == .loadBearing ? "--c:var(--red)" : "--c:var(--blue)")
          ],
        range: controls.min().map { $0...(controls.max() ?? $0) })
    }
    let texts = shown.map { one in
      "\(one.layer.map { "layer \($0)" } ?? "all layers") "
        + IntervalText.text(one.predictionChange!) + ", \(one.verdict.rawValue)"
    }
    return IntervalPlot(
      title: title,
      axis: .init(name: "mean absolute change of a prediction", includes: [0]), rows: rows,
      legend: [
        .init(text: "massive entries", swatch: .dot, style: "--c:var(--blue)"),
        .init(text: "next largest", swatch: .ring, style: "--c:var(--gray)"),
        .init(text: "random", swatch: .area, style: "--c:var(--gray)"),
      ],
      alternativeText: "Change of predictions when massive activations are changed: "
        + (texts.isEmpty ? "nothing is massive" : texts.joined(separator: "; ")) + "."
    ).figure
  }
}
