import Foundation
import OutcropReport
import OutcropStatistics
import Testing

@Suite struct FigureTests {
  /// Every figure the report can draw of some results.
  static func all(_ results: StudyResults) -> [SVGFigure] {
    var figures: [SVGFigure] = [Figures.losses(of: results.runs)]
    if let metric = Figures.validationMetric(of: results.runs, name: "AUC") {
      figures.append(metric)
    }
    let arms = results.arms
    for median in MedianKind.allCases {
      for run in results.runs {
        figures.append(Figures.edgeTypes(of: run, by: median))
        for kind in StudyResults.ActivationKind.allCases {
          for base in [results.baseRun, nil] {
            figures.append(
              Figures.batchMaxima(
                of: run, base: base, threshold: results.threshold, kind: .init(kind, by: median)))
          }
        }
        figures.append(
          Figures.sweepShares(of: run, by: median, threshold: results.threshold))
        figures.append(Figures.enrichment(of: run, by: median))
        figures += Figures.Followed.allCases.compactMap {
          Figures.followed(run, $0, by: median, threshold: results.threshold)
        }
      }
      for layer in -1..<3 {
        figures += Figures.histograms(
          of: results.runs, layer: layer, threshold: results.threshold, kind: .edge(median))
      }
      for isLayers in [false, true] {
        figures.append(
          Figures.sweep(of: arms, by: median, threshold: results.threshold, layers: isLayers))
      }
      figures.append(Figures.ablation(of: arms, by: median))
      figures.append(
        Figures.largestRatios([("a", arms)], threshold: results.threshold, by: median))
    }
    for isLayers in [false, true] {
      figures.append(Figures.correlations(of: results.attributions, layers: isLayers))
      figures += results.attributions.map { Figures.fidelity(of: $0, removed: isLayers) }
    }
    figures += results.runs.compactMap { Figures.biasStrength(of: $0) }
    let groups = AttackGroup.groups(results)
    figures += groups.map { Figures.attackLosses(of: $0) }
    figures.append(
      Figures.attackGains(of: groups, styles: groups.map { _ in "--c:var(--blue)" }))
    return figures
  }

  /// Well-formed, named, and without a coordinate that isn't a number.
  static func check(_ figure: SVGFigure) {
    let xml = XMLCheck(figure.document)
    #expect(xml.error == nil, "\(figure.title): \(xml.error ?? "")")
    #expect(xml.texts["title"] == [figure.title])
    #expect(xml.texts["desc"] == [figure.alternativeText])
    #expect(!figure.title.isEmpty && !figure.alternativeText.isEmpty)
    for attribute in xml.attributes {
      #expect(!attribute.contains("nan") && !attribute.contains("inf"), "\(attribute)")
    }
    for text in xml.texts["text"] ?? [] {
      #expect(!text.contains("nan") && !text.contains("inf") && !text.contains("Optional"))
    }
  }

  static let demos = [
    DemoResults.study(), DemoResults.full(), DemoResults.ablation(), DemoResults.attack(),
    DemoResults.attribution(),
  ]

  @Test func figuresAreWellFormed() {
    for demo in Self.demos {
      let figures = Self.all(demo)
      #expect(figures.count > 15)
      figures.forEach(Self.check)
    }
  }

  /// Editors know neither style variables nor media queries: files must not need them.
  @Test func filesNeedNoBrowser() {
    for demo in Self.demos {
      for figure in Self.all(demo) {
        let document = figure.document
        for foreign in ["var(", "--c", "--d", "@media", "currentColor"] {
          #expect(!document.contains(foreign), "\(figure.title): \(foreign)")
        }
        #expect(document.contains("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"))
        let size = "width=\"\(Int(figure.width))"
        #expect(document.contains(size))
        // What is drawn in a run's color keeps it.
        let colors = figure.svg.components(separatedBy: "--c:").count - 1
        let kept = document.components(separatedBy: " style=\"").dropFirst().count {
          $0.hasPrefix("stroke:") || $0.hasPrefix("fill:")
        }
        #expect(kept >= colors, "\(figure.title)")
      }
    }
  }

  @Test func theCheckerFindsFaults() {
    #expect(XMLCheck("<a><b></a>").error != nil)
    #expect(XMLCheck("<a x=\"<\"/>").error != nil)
    #expect(XMLCheck("<a>\u{1B}</a>").error != nil)
    #expect(XMLCheck("<a>b &amp; c</a>").texts["a"] == ["b & c"])
  }

  @Test func coordinatesStayInsideTheFrame() {
    for figure in Self.demos.flatMap(Self.all) {
      for (x, y) in Self.pathPoints(figure.svg) {
        #expect(x >= 0 && x <= figure.width && y >= 0 && y <= figure.height, "\(figure.title)")
      }
    }
  }

  @Test func longCurvesAreDecimated() {
    let study = DemoResults.study(layers: 1, batches: 40_000, kinds: [.base, .trained])
    let figure = Figures.batchMaxima(
      of: study.runs[1], base: study.runs[0], threshold: study.threshold, kind: .edge(.row))
    let longest =
      figure.svg.split(separator: "\"").filter { $0.hasPrefix("M") }
      .map { $0.count { $0 == "L" } }.max() ?? 0
    #expect(longest <= 500)
    #expect(longest > 300)
    for count in [0, 1, 2, 499, 500, 501, 1000, 12_345] {
      let positions = decimatedPositions(count: count)
      #expect(positions.count == min(count, 500))
      #expect(Set(positions).count == positions.count)
      #expect(positions == positions.sorted())
      #expect(positions.first == (count > 0 ? 0 : nil))
      #expect(positions.last == (count > 0 ? count - 1 : nil))
    }
  }

  /// The decimated curve must still end at the largest value.
  @Test func theLargestBatchIsDrawn() {
    var study = DemoResults.study(layers: 1, batches: 3000, kinds: [.trained])
    study.runs[0].layers[0].edge?.rowMedian?.batchMaxima[1234] = 1e5
    let figure = Figures.batchMaxima(
      of: study.runs[0], base: nil, threshold: 1000, kind: .edge(.row))
    // The axis runs from 1 (bottom) to 10⁶ (top), so 10⁵ is a sixth below the top.
    let points = Self.pathPoints(figure.svg)
    let right = points.map(\.0).max() ?? 0
    let rules = points.filter { $0.0 == right }.map(\.1)
    let bottom = rules.max() ?? 0
    let top = rules.min() ?? 0
    let expected = top + (bottom - top) / 6
    let strong = figure.svg.split(separator: "<").filter { $0.contains("line thick") }
    #expect(strong.contains { Self.pathPoints(String($0)).contains { abs($0.1 - expected) < 0.2 } })
  }

  @Test func infiniteRatiosEndInAnArrow() {
    var study = DemoResults.study(layers: 1, batches: 10, kinds: [.trained])
    study.runs[0].layers[0].edge?.rowMedian?.batchMaxima = [5, 20, 900, 2_000]
    func draw() -> String {
      Figures.batchMaxima(of: study.runs[0], base: nil, threshold: 1000, kind: .edge(.row)).svg
    }
    #expect(!draw().contains("Z\" class=\"mark\""))
    study.runs[0].layers[0].edge?.rowMedian?.batchMaxima = [5, .nan, .infinity, 2_000]
    #expect(draw().contains("Z\" class=\"mark\""))
  }

  @Test func infiniteLossesAreMarked() {
    var run = DemoResults.study(layers: 1, batches: 2, epochs: 9, kinds: [.trained]).runs[0]
    #expect(!Figures.losses(of: [run]).svg.contains("Z\" class=\"mark\""))
    run.history[4].trainLoss = .infinity
    #expect(Figures.losses(of: [run]).svg.contains("Z\" class=\"mark\""))
  }

  @Test func layersWithoutMassiveActivationsAreNotZeroPerCent() throws {
    let study = DemoResults.study(kinds: [.trained])
    let run = study.runs[0]
    let xml = XMLCheck(Figures.edgeTypes(of: run, by: .row).document)
    let without = run.layers.filter { $0[.edge(.row)]?.massiveCount == 0 }.count
    #expect(xml.texts["text"]?.filter { $0 == "no MAs" }.count == without)
    // Three types: the reference column and one cell per layer with massive activations.
    let cells = 3 + 3 * (run.layers.count - without)
    #expect(
      Figures.edgeTypes(of: run, by: .row).svg.components(separatedBy: "class=\"heat\"").count
        == cells + 1)
    for layer in run.layers {
      guard let edge = layer[.edge(.row)], edge.massiveCount > 0 else { continue }
      let shares = edge.byEdgeType.map { Double($0.massive) / Double(edge.massiveCount) }
      #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
      for share in shares {
        #expect(xml.texts["text"]?.contains(NumberText.wholePercent(share)) == true)
      }
    }
  }

  @Test func manyEdgeTypesAreGathered() {
    var study = DemoResults.study(layers: 2, kinds: [.trained])
    study.runs[0].layers[0].edge?.rowMedian?.byEdgeType = (0..<40).map {
      .init(id: $0, name: "type \($0)", massive: $0, edges: 100)
    }
    let xml = XMLCheck(Figures.edgeTypes(of: study.runs[0], by: .row, typeLimit: 12).document)
    // 40 from the first layer; those of the second have ids among them.
    #expect(xml.texts["text"]?.contains("29 others") == true)
  }

  @Test func densityIntegratesToOne() {
    let cases = [(5.4, -1.88, 0.387), (11.25, -5.96, 0.526), (1.0, 0, 2), (900, -40, 0.05)]
    for (shape, location, scale) in cases {
      let fit = Self.fit(shape: shape, location: location, scale: scale)
      let mean = location + shape * scale
      let spread = shape.squareRoot() * scale
      let lower = location
      let upper = mean + 12 * spread + 30 * scale
      let steps = 200_000
      let width = (upper - lower) / Double(steps)
      var sum = 0.0
      for step in 0..<steps { sum += fit.density(at: lower + (Double(step) + 0.5) * width) }
      #expect(abs(sum * width - 1) < 1e-6, "shape \(shape)")
    }
  }

  @Test func densityMatchesSciPy() {
    // scipy.stats.gamma.pdf(y, shape, location, scale), SciPy 1.17.1.
    let fit = Self.fit(
      shape: 5.404855808511556, location: -1.8807673418558128, scale: 0.38734886528767426)
    let truth = [
      (-1.8, 4.672432808295676e-05), (-1.0, 0.22038173280600856), (0.0, 0.47126289195605664),
      (2.5, 0.03074678779581846),
    ]
    for (y, expected) in truth {
      #expect(abs(fit.density(at: y) / expected - 1) < 1e-9, "\(y)")
    }
    #expect(fit.density(at: -2) == 0)
    #expect(Self.fit(shape: 0.5, location: 0, scale: 1).density(at: 0) == .infinity)
    #expect(Self.fit(shape: -1, location: 0, scale: 1).density(at: 1).isNaN)
  }

  static func fit(shape: Double, location: Double, scale: Double) -> StudyResults.GammaFit {
    .init(
      shape: shape, location: location, scale: scale, meanLogLikelihood: 0,
      kolmogorovSmirnov: .init(statistic: 0))
  }

  /// End points of the M and L commands of every path.
  static func pathPoints(_ svg: String) -> [(Double, Double)] {
    var points: [(Double, Double)] = []
    for part in svg.components(separatedBy: " d=\"").dropFirst() {
      let data = part.prefix { $0 != "\"" }
      for piece in data.split(whereSeparator: { "MLZ".contains($0) }) {
        let numbers = piece.prefix { !"HVh".contains($0) }.split(separator: " ").compactMap {
          Double($0)
        }
        if numbers.count == 2 { points.append((numbers[0], numbers[1])) }
      }
    }
    return points
  }
}
