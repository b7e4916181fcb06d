import Foundation

extension Figures {
  /// A molecule, or another small graph, whose bonds are colored by score on a logarithmic scale;
  /// those above the threshold are thicker and have a halo.
  ///
  /// Carbons are vertices without labels, as in skeletal formulas; hydrogens without a node are not drawn. A
  /// double bond is two lines, a triple bond three, an aromatic one a solid and a dashed line, any other
  /// type a dashed line. The layout is computed from the structure alone and does not represent the
  /// molecule's geometry. Graphs of more than 400 atoms are not drawn; the figure states this.
  ///
  /// - Parameters:
  ///   - drawing: the molecule and the scores of its bonds.
  ///   - scale: the scores at the two ends of the colors, which makes figures comparable;
  ///     nil uses the decades that contain the scores and the threshold.
  public static func molecule(
    _ drawing: MoleculeDrawing, scale: ClosedRange<Double>? = nil
  ) -> SVGFigure {
    MoleculeFigure(drawing, scale: scale).figure
  }
}

/// The parts of one figure.
struct MoleculeFigure {
  let figure: SVGFigure

  private static let width = 440.0
  private static let top = 34.0
  private static let margin = 22.0
  private static let atomLimit = 400

  init(_ drawing: MoleculeDrawing, scale: ClosedRange<Double>?) {
    let description = Self.describe(drawing)
    guard !drawing.atoms.isEmpty, drawing.atoms.count <= Self.atomLimit else {
      var canvas = SVGCanvas(width: Self.width, height: 110)
      canvas.text(Plot.fittedTitle(drawing.name), x: 2, y: 17, class: "h")
      canvas.text(
        drawing.atoms.isEmpty
          ? "no atoms" : "\(NumberText.grouped(drawing.atoms.count)) atoms are too many to draw",
        x: Self.width / 2, y: 70, class: "s m")
      figure = canvas.figure(title: drawing.name, alternativeText: description)
      return
    }
    let points = Self.points(drawing)
    let bottom = (points.map(\.y).max() ?? Self.top) + Self.margin
    var canvas = SVGCanvas(width: Self.width, height: bottom + 78)
    canvas.text(Plot.fittedTitle(drawing.name), x: 2, y: 17, class: "h")
    let colors = ScoreColors(drawing, scale: scale)
    var pen = MoleculePen(canvas: canvas, points: points, drawing: drawing, colors: colors)
    pen.draw()
    canvas = pen.canvas
    colors.legend(drawing, y: bottom + 16, width: Self.width, canvas: &canvas)
    figure = canvas.figure(title: drawing.name, alternativeText: description)
  }

  /// The positions of atoms on the canvas: bonds of 30 pixels, or less if the drawing would be too large.
  static func points(_ drawing: MoleculeDrawing) -> [SVGCanvas.Point] {
    let linear = Set(
      drawing.drawnBonds.filter { $0.type == "triple" }.flatMap { [$0.first, $0.second] })
    let places = MoleculeLayout(
      atomCount: drawing.atoms.count, bonds: drawing.drawnBonds.map { ($0.first, $0.second) },
      linear: linear
    ).places
    let low = places.reduce(places[0]) { pointwiseMin($0, $1) }
    let high = places.reduce(places[0]) { pointwiseMax($0, $1) }
    let room = width - 2 * margin - 8
    let bond = min(
      30, room / max(high.x - low.x, 1e-9), 480 / max(high.y - low.y, 1e-9))
    let left = (width - bond * (high.x - low.x)) / 2
    return places.map {
      SVGCanvas.Point(x: left + bond * ($0.x - low.x), y: top + margin + bond * ($0.y - low.y))
    }
  }

  private static func describe(_ drawing: MoleculeDrawing) -> String {
    let bonds = drawing.drawnBonds
    func count(_ number: Int, _ name: String) -> String {
      "\(NumberText.grouped(number)) \(name)\(number == 1 ? "" : "s")"
    }
    var text =
      "\(count(drawing.atoms.count, "atom")), \(count(bonds.count, "bond")), colored by "
      + "\(drawing.scoreName)."
    let scores = bonds.compactMap(\.score).filter { !$0.isNaN }
    if let low = scores.min(), let high = scores.max() {
      text += " Scores from \(NumberText.ratio(low)) to \(NumberText.ratio(high))."
    }
    let massive = bonds.filter(drawing.isMassive).sorted { $0.score! > $1.score! }
    let limit = NumberText.ratio(drawing.threshold)
    if massive.isEmpty { return text + " No bond is above \(limit)." }
    func name(_ bond: MoleculeDrawing.Bond) -> String {
      let ends = [bond.first, bond.second].map {
        MoleculeDrawing.label(drawing.atoms[$0]) ?? "C"
      }
      return "\(bond.type) \(ends[0])–\(ends[1]) (\(NumberText.ratio(bond.score!)))"
    }
    text += " Above \(limit): \(massive.prefix(5).map(name).joined(separator: ", "))"
    return text + (massive.count > 5 ? " and \(massive.count - 5) more." : ".")
  }
}
