extension ReportPage {
  var batchMaximaSection: String {
    let runs = subjects.filter { $0.has(.edge) }
    guard !runs.isEmpty else { return "" }
    let panels = runs.map {
      Figures.batchMaxima(of: $0, base: base, threshold: results.threshold)
    }
    let over = base == nil || runs == results.runs.filter { $0.kind == .base }
    let caption =
      "<b>How to read it.</b> In each layer the batches are sorted by their largest ratio; the "
      + "line shows that ratio from the tamest batch (left) to the wildest (right). Strong lines "
      + "pass the threshold (dashed)"
      + (over
        ? "." : "; the gray area is what the same layers do untrained, smallest to largest.")
      + " A line that rises only at the right end has MAs in few batches; one that lies over the "
      + "threshold throughout has them everywhere. Ratios over 10⁶ end in an arrow at the top."
    return "<h2>Largest ratio of each batch</h2>" + figure(panels, caption: caption)
  }

  var edgeTypeSection: String {
    let runs = results.runs.filter { EdgeTypeTotals($0).types.count > 1 }
    guard !runs.isEmpty else { return "" }
    let massive = runs.filter { EdgeTypeTotals($0).massive > 0 }
    let without = runs.filter { EdgeTypeTotals($0).massive == 0 }.map(\.label)
    var html = "<h2>Which edges carry them</h2>"
    if !without.isEmpty {
      html += paragraph(
        "No massive activations to attribute to edge types in: "
          + without.joined(separator: ", ") + ".")
    }
    let caption =
      "<b>How to read it.</b> Each column is a layer, each cell the part of that layer’s MAs "
      + "that falls on the edge type. Compare it with the first column, the type’s part of all "
      + "edges: MAs that ignored the type would repeat that column. Shares from few MAs (bottom "
      + "row) mean little, and a rare type can carry many MAs for its size yet a small share."
    return html + figure(massive.map { Figures.edgeTypes(of: $0) }, caption: caption)
  }

  var distributionSection: String {
    let runs = results.runs.filter { run in run.layers.contains { $0.edge?.histogram != nil } }
    guard !runs.isEmpty, let first = shownLayer(runs) else { return "" }
    let caption =
      "<b>How to read it.</b> y = −log₁₀(ratio): a large activation lies far left, and what is "
      + "left of the dashed line is massive. Counts are logarithmic, so a single activation is "
      + "visible. The line is the gamma distribution fitted to all values. "
      + "<b>Caution:</b> a high KS has been read as a sign of MAs, but it measures any departure "
      + "from the gamma shape, also in the middle of the distribution where no MA is; layers "
      + "without a single MA can have the highest KS. Count the MAs; don’t trust KS alone. Its "
      + "p-values are near zero for samples this large, whatever the fit."
    func panels(_ layer: Int) -> [SVGFigure] {
      Figures.histograms(of: runs, layer: layer, threshold: results.threshold)
    }
    let others = Set(runs.flatMap { $0.layers.map(\.index) }).subtracting([first]).sorted()
    var html = "<h2>Distribution of the ratios</h2>"
    html += paragraph(
      "Layer \(first), the layer with the largest ratio"
        + (subjects.first.map { $0.kind == .base ? "" : " after training" } ?? "") + ".")
    html += figure(panels(first), caption: caption)
    if !others.isEmpty {
      let rest = others.prefix(Self.detailedLayers).map {
        figure(panels($0), caption: "Layer \($0).")
      }
      html += "<details><summary>The other layers</summary>\(rest.joined())"
      if others.count > Self.detailedLayers {
        html += paragraph("Layers beyond these are in results.json.", class: "note")
      }
      html += "</details>"
    }
    return html
  }

  /// So many further layers are drawn at most: the page must stay light.
  private static var detailedLayers: Int { 32 }

  /// The layer most worth a look: largest ratio in the first subject that has a histogram there.
  private func shownLayer(_ runs: [StudyResults.Run]) -> Int? {
    let subject = subjects.first { subject in runs.contains(subject) } ?? runs.first
    return subject?.peakLayer(.edge)?.index ?? subject?.layers.first?.index
  }

  var trainingSection: String {
    let runs = results.runs.filter { !$0.history.isEmpty }
    guard !runs.isEmpty else { return "" }
    let metric = runs.compactMap(\.testMetric?.name).first ?? "metric"
    var panels = [Figures.losses(of: runs)]
    if let panel = Figures.validationMetric(of: runs, name: metric) { panels.append(panel) }
    let table = TextTable(
      columns: [
        .init("Run", .left), .init("Epochs"), .init("Time per epoch"), .init("Peak memory"),
        .init("Parameters"), .init("Last training loss"), .init("Best validation loss"),
        .init("Test \(metric)"),
      ],
      rows: results.runs.filter { $0.kind != .recorded }.map(trainingRow))
    let stops = runs.compactMap { run in
      run.stopReason.map { paragraph("\(run.label): training ended, \($0).", class: "note") }
    }
    return "<h2>Training</h2>" + self.table(table) + stops.joined()
      + figure(
        panels,
        caption: "Solid lines are the validation split, dashed ones the training split. "
          + "Runs share seed and number of epochs; one run each does not measure how much the "
          + "result varies from seed to seed.")
  }

  private func trainingRow(_ run: StudyResults.Run) -> [String] {
    let best = run.history.compactMap { epoch in
      epoch.validationLoss.map { (epoch.epoch, $0) }
    }.filter { !$0.1.isNaN }.min { $0.1 < $1.1 }
    return [
      run.label,
      run.epochs.map(NumberText.grouped) ?? LayerText.none,
      run.secondsPerEpoch.map(NumberText.duration) ?? LayerText.none,
      run.peakMemoryMB.map(Self.memory) ?? LayerText.none,
      run.parameterCount.map(NumberText.grouped) ?? LayerText.none,
      run.history.last.map { NumberText.significant($0.trainLoss) } ?? LayerText.none,
      best.map { "\(NumberText.significant($0.1)) (epoch \($0.0))" } ?? LayerText.none,
      run.testMetric.map { NumberText.significant($0.value) } ?? LayerText.none,
    ]
  }

  static func memory(_ megabytes: Double) -> String {
    megabytes < 1000
      ? "\(NumberText.fixed(megabytes, digits: 0)) MB"
      : "\(NumberText.fixed(megabytes / 1000, digits: 1)) GB"
  }
}
