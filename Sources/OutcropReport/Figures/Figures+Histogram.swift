import Foundation
import OutcropStatistics

extension Figures {
  /// The distribution of y = −log₁₀(ratio) by one median in one layer, with one panel per run on common axes.
  /// Each panel shows the fitted gamma density and a line that separates the massive activations.
  ///
  /// Counts are logarithmic. Neighboring bins are combined to fit the width. The number of values outside the
  /// histogram's range, including y = −∞ for infinite ratios, is written at the side.
  public static func histograms(
    of runs: [StudyResults.Run], layer: Int, threshold: Double,
    kind: StudyResults.RatioKind
  ) -> [SVGFigure] {
    let found = runs.map { run in run.layers.first { $0.index == layer }?[kind] }
    let bars = found.map { $0?.histogram.map(Bars.init) }
    let limit = threshold > 0 ? -log10(threshold) : .nan
    let used = bars.compactMap { $0?.range }
    var lower = used.map(\.lowerBound).min() ?? -4
    let upper = max(used.map(\.upperBound).max() ?? 4, lower + 1)
    if limit.isFinite { lower = min(lower, limit - 0.08 * (upper - lower)) }
    let highest = bars.compactMap { $0?.highest }.max() ?? 1
    let top = max(1, ceil(log10(Double(max(1, highest)))))
    return zip(runs, zip(found, bars)).map { run, data in
      histogram(
        run, layer: layer, median: kind.median, found: data.0, bars: data.1, limit: limit,
        interval: (lower, upper),
        top: top)
    }
  }

  /// A histogram with at most `limit` bars over the range of non-empty bins.
  private struct Bars {
    var lower: Double
    var width: Double
    var counts: [Int]
    var total: Int

    init(_ histogram: StudyResults.Histogram) {
      let bins = histogram.counts.count
      let isUsable =
        bins > 0 && histogram.lower.isFinite && histogram.upper > histogram.lower
        && histogram.upper.isFinite
      let group = max(1, Int((Double(bins) / 250).rounded(.up)))
      counts =
        isUsable
        ? stride(from: 0, to: bins, by: group).map {
          histogram.counts[$0..<min($0 + group, bins)].reduce(0, +)
        } : []
      lower = histogram.lower
      width = isUsable ? (histogram.upper - lower) / Double(bins) * Double(group) : 1
      total = counts.reduce(0, +)
    }

    var highest: Int { counts.max() ?? 0 }

    /// The range from the first to the last non-empty bar.
    var range: ClosedRange<Double>? {
      guard let first = counts.firstIndex(where: { $0 > 0 }),
        let last = counts.lastIndex(where: { $0 > 0 })
      else { return nil }
      return lower + Double(first) * width...lower + Double(last + 1) * width
    }
  }

  private static func histogram(
    _ run: StudyResults.Run, layer: Int, median: MedianKind,
    found: StudyResults.RatioStatistics?, bars: Bars?,
    limit: Double, interval: (Double, Double), top: Double
  ) -> SVGFigure {
    let title = "\(run.label), layer \(layer), \(median.name)"
    var plot = Plot(
      title: title, height: 318, legendRows: 2, yName: "activations per bar (number; log scale)")
    // From half a count, so that single activations are visible; above, room for a label.
    let y = Scale(-0.3, top + 0.45, to: plot.bottom, plot.top)
    let x = Scale(interval.0, interval.1, to: plot.left, plot.right)
    if limit.isFinite {
      plot.canvas.rect(
        x: plot.left, y: plot.top, width: x.clipped(limit) - plot.left,
        height: plot.bottom - plot.top, class: "red", opacity: 0.07)
    }
    plot.yAxis(
      Ticks.decades(from: 0, to: Int(top)).map { (y(Double($0)), NumberText.powerOfTen($0)) })
    let step = Ticks.step(from: interval.0, to: interval.1, count: 7)
    plot.xAxis(
      Ticks.linear(from: interval.0, to: interval.1, count: 7).map {
        (x($0), NumberText.fixed($0, digits: Ticks.digits(step: step)))
      }, name: "y = −log₁₀(ratio), no unit")
    guard let found, let bars, bars.total > 0 else {
      plot.say("no finite ratios recorded")
      return plot.canvas.figure(title: title, alternativeText: "No finite ratios recorded.")
    }
    plot.canvas.path(
      steps(bars, x: x, y: y, base: plot.bottom), class: "area",
      style: FigureStyle.style(run))
    if let fit = found.gammaFit {
      plot.canvas.polyline(
        curve(fit, bars: bars, x: x, y: y), class: "line thick", style: "--c:var(--ink)")
    }
    if limit.isFinite {
      plot.canvas.line(x(limit), plot.top, x(limit), plot.bottom, class: "limit")
      let label =
        (found.massiveCount == 0 ? "no MAs" : "\(NumberText.compact(found.massiveCount)) MAs")
      plot.canvas.text(label, x: x(limit) + 5, y: plot.top + 12, class: "red halo")
    }
    annotate(found, run: run, plot: &plot)
    return plot.canvas.figure(title: title, alternativeText: describe(found, layer: layer))
  }

  /// The legend, the parameters of the fit, and the number of values outside the range.
  private static func annotate(
    _ found: StudyResults.RatioStatistics, run: StudyResults.Run, plot: inout Plot
  ) {
    var legend = [
      Plot.LegendEntry(text: "activations", swatch: .area, style: FigureStyle.style(run))
    ]
    if let fit = found.gammaFit {
      legend.append(
        .init(text: "fitted gamma", swatch: .line("thick"), style: "--c:var(--ink)"))
      plot.canvas.text(
        "shape \(NumberText.significant(fit.shape, digits: 3)), "
          + "location \(NumberText.significant(fit.location, digits: 3)), "
          + "scale \(NumberText.significant(fit.scale, digits: 3)); "
          + "KS \(NumberText.fixed(fit.kolmogorovSmirnov.statistic, digits: 3))",
        x: plot.left, y: 53.3, class: "s")
    } else {
      plot.canvas.text(
        Plot.shortened("no fit" + (found.gammaFitError.map { ": \($0)" } ?? ""), to: 56),
        x: plot.left, y: 53.3, class: "s")
    }
    plot.legend(legend)
    let below = max(found.histogram?.below ?? 0, found.infiniteCount)
    if below > 0 {
      plot.canvas.text(
        "◂ \(NumberText.compact(below)) beyond", x: plot.left + 4, y: plot.bottom - 6,
        class: "red halo")
    }
    if let above = found.histogram?.above, above > 0 {
      plot.canvas.text(
        "\(NumberText.compact(above)) beyond ▸", x: plot.right - 4, y: plot.bottom - 6,
        class: "s e halo")
    }
  }

  private static func steps(_ bars: Bars, x: Scale, y: Scale, base: Double) -> String {
    var data = ""
    var isOpen = false
    for (index, count) in bars.counts.enumerated() {
      let left = x.clipped(bars.lower + Double(index) * bars.width)
      let right = x.clipped(bars.lower + Double(index + 1) * bars.width)
      if count > 0, right > left {
        let height = SVGCanvas.coordinate(y.clipped(log10(Double(count))))
        if !isOpen { data += "M\(SVGCanvas.coordinate(left)) \(SVGCanvas.coordinate(base))" }
        data += "V\(height)H\(SVGCanvas.coordinate(right))"
        isOpen = true
      } else if isOpen {
        data += "V\(SVGCanvas.coordinate(base))Z"
        isOpen = false
      }
    }
    return isOpen ? data + "V\(SVGCanvas.coordinate(base))Z" : data
  }

  /// The expected counts under the fitted distribution; nil outside the axis.
  private static func curve(
    _ fit: StudyResults.GammaFit, bars: Bars, x: Scale, y: Scale
  ) -> [SVGCanvas.Point?] {
    (0...240).map { step in
      let value = x.lower + (x.upper - x.lower) * Double(step) / 240
      let expected = log10(fit.density(at: value) * bars.width * Double(bars.total))
      guard expected >= y.lower, !expected.isNaN else { return nil }
      return .init(x: x(value), y: y.clipped(expected))
    }
  }

  private static func describe(_ found: StudyResults.RatioStatistics, layer: Int) -> String {
    var text =
      "Distribution of y in layer \(layer): \(NumberText.grouped(found.massiveCount)) massive "
      + "activations"
    if let ratio = found.largestRatio { text += ", largest ratio \(NumberText.ratio(ratio))" }
    if let fit = found.gammaFit {
      text +=
        "; gamma fit with shape \(NumberText.significant(fit.shape)), Kolmogorov–Smirnov "
        + "statistic \(NumberText.fixed(fit.kolmogorovSmirnov.statistic, digits: 3))"
    }
    return text + "."
  }
}
