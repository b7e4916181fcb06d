import Foundation

extension Figures {
  /// Training and validation loss over the epochs, two lines per run.
  ///
  /// The loss axis is logarithmic if the losses differ by more than a factor of 30. Losses that are
  /// infinite or NaN interrupt the line; an arrow at the top marks the infinite ones.
  public static func losses(of runs: [StudyResults.Run]) -> SVGFigure {
    let series = runs.flatMap { run in
      [
        Series(run, isMain: false) { $0.trainLoss },
        Series(run, isMain: true) { $0.validationLoss },
      ]
    }
    return curves(
      series.filter { !$0.isEmpty }, title: "Loss", valueName: "mean loss (as trained)",
      legend: [
        .init(text: "training", swatch: .line("dash"), style: "--c:var(--soft)"),
        .init(text: "validation", swatch: .line("thick"), style: "--c:var(--soft)"),
      ])
  }

  /// The validation metric over the epochs, one line per run; nil when no run recorded one.
  public static func validationMetric(of runs: [StudyResults.Run], name: String) -> SVGFigure? {
    let series = runs.map { Series($0, isMain: true) { $0.validationMetric } }
      .filter { !$0.isEmpty }
    guard !series.isEmpty else { return nil }
    return curves(series, title: "Validation \(name)", valueName: name, legend: [])
  }

  private struct Series {
    var run: StudyResults.Run
    var isMain: Bool
    var points: [(epoch: Int, value: Double)]

    init(
      _ run: StudyResults.Run, isMain: Bool, value: (StudyResults.Epoch) -> Double?
    ) {
      self.run = run
      self.isMain = isMain
      points = run.history.compactMap { epoch in value(epoch).map { (epoch.epoch, $0) } }
    }

    var isEmpty: Bool { points.isEmpty }
    var finite: [Double] { points.map(\.value).filter(\.isFinite) }
  }

  private static func curves(
    _ series: [Series], title: String, valueName: String, legend: [Plot.LegendEntry]
  ) -> SVGFigure {
    let labelSpace = series.map { Plot.textWidth(Plot.shortened($0.run.label, to: 18)) }.max() ?? 0
    var plot = Plot(
      title: title, height: 318, right: 14 + labelSpace, legendRows: legend.isEmpty ? 0 : 1,
      yName: valueName)
    let styles = FigureStyle.styles(of: series.map(\.run))
    let values = series.flatMap(\.finite)
    guard let smallest = values.min(), let largest = values.max() else {
      plot.xAxis([], name: "epoch")
      plot.say("no finite values recorded")
      return plot.canvas.figure(title: title, alternativeText: "No finite values recorded.")
    }
    let isLogarithmic = smallest > 0 && largest / smallest > 30
    let (y, ticks) = valueAxis(smallest, largest, isLogarithmic: isLogarithmic, plot: plot)
    plot.yAxis(ticks)
    let epochs = series.flatMap { $0.points.map(\.epoch) }
    let firstEpoch = Double(epochs.min() ?? 0)
    let lastEpoch = Double(epochs.max() ?? 0)
    let x = Scale(firstEpoch, lastEpoch, to: plot.left + 4, plot.right - 4)
    let marks = Ticks.linear(from: firstEpoch, to: lastEpoch, count: 6)
      .filter { $0 == $0.rounded() }
    plot.xAxis(marks.map { (x($0), NumberText.grouped(Int($0))) }, name: "epoch")

    var labels: [(text: String, height: Double, style: String)] = []
    for one in series {
      let style = styles[one.run.label] ?? FigureStyle.style(one.run)
      let points = decimatedPositions(count: one.points.count).map { index -> SVGCanvas.Point? in
        let (epoch, value) = one.points[index]
        guard value.isFinite else { return nil }
        return .init(x: x(Double(epoch)), y: y(isLogarithmic ? log10(value) : value))
      }
      for (epoch, _) in one.points.filter({ $0.value == .infinity }).prefix(40) {
        plot.canvas.arrow(x: x(Double(epoch)), y: plot.top - 1, class: "mark", style: style)
      }
      plot.canvas.polyline(points, class: one.isMain ? "line thick" : "line dash", style: style)
      if points.compactMap(\.self).count == 1, let point = points.compactMap(\.self).first {
        plot.canvas.circle(x: point.x, y: point.y, radius: 3, class: "mark", style: style)
      }
      let isLabeled = one.isMain || !series.contains { $0.isMain && $0.run == one.run }
      // The seeds of one model have the same label.
      let isNamed = labels.contains { $0.style == style }
      if isLabeled, !isNamed, let last = points.compactMap(\.self).last {
        labels.append((Plot.shortened(one.run.label, to: 18), last.y, style))
      }
    }
    let heights = spreadLabels(labels.map(\.height), gap: 15, from: plot.top, to: plot.bottom)
    for (label, height) in zip(labels, heights) {
      plot.canvas.circle(
        x: plot.right + 3, y: height, radius: 3, class: "mark", style: label.style)
      plot.canvas.text(label.text, x: plot.right + 11, y: height + 4.3)
    }
    if !legend.isEmpty { plot.legend(legend) }
    return plot.canvas.figure(title: title, alternativeText: describe(series))
  }

  /// A value axis that is slightly wider than its values, with ticks.
  private static func valueAxis(
    _ smallest: Double, _ largest: Double, isLogarithmic: Bool, plot: Plot
  ) -> (Scale, [(height: Double, label: String)]) {
    if isLogarithmic {
      let lower = floor(log10(smallest))
      let upper = ceil(log10(largest))
      let y = Scale(lower, upper, to: plot.bottom, plot.top)
      let ticks = Ticks.decades(from: Int(lower), to: Int(upper))
      return (y, ticks.map { (y(Double($0)), NumberText.powerOfTen($0)) })
    }
    let step = Ticks.step(from: smallest, to: largest)
    guard step > 0 else {
      let y = Scale(smallest, smallest, to: plot.bottom, plot.top)
      return (y, [(y(smallest), NumberText.significant(smallest))])
    }
    let lower = floor(smallest / step) * step
    let upper = ceil(largest / step) * step
    let y = Scale(lower, upper, to: plot.bottom, plot.top)
    let digits = Ticks.digits(step: step)
    return (
      y,
      Ticks.linear(from: lower, to: upper, count: Int(((upper - lower) / step).rounded())).map {
        (y($0), NumberText.fixed($0, digits: digits))
      }
    )
  }

  private static func describe(_ series: [Series]) -> String {
    let texts = series.compactMap { one -> String? in
      guard let first = one.points.first, let last = one.points.last else { return nil }
      let name = one.isMain ? "validation" : "training"
      return
        "\(one.run.label)\(seed(one.run)), \(name): \(NumberText.significant(first.value)) in epoch "
        + "\(first.epoch), \(NumberText.significant(last.value)) in epoch \(last.epoch)"
    }
    return texts.joined(separator: "; ") + "."
  }

  private static func seed(_ run: StudyResults.Run) -> String {
    run.seed.map { ", seed \($0)" } ?? ""
  }
}
