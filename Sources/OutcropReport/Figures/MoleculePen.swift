import Foundation

/// Draws a molecule's bonds and atoms.
struct MoleculePen {
  var canvas: SVGCanvas
  let points: [SVGCanvas.Point]
  let drawing: MoleculeDrawing
  let colours: ScoreColours

  private static let chemical: Set<String> = ["single", "double", "triple", "aromatic"]

  mutating func draw() {
    let bonds = drawing.drawnBonds
    let labels = drawing.atoms.map { MoleculeDrawing.label($0) }
    let isBonded = Set(bonds.flatMap { [$0.first, $0.second] })
    for bond in bonds where drawing.isMassive(bond) {
      let (a, b) = (points[bond.first], points[bond.second])
      canvas.line(a.x, a.y, b.x, b.y, class: "", style: ScoreColours.halo)
    }
    for bond in bonds { draw(bond, labels) }
    for (atom, label) in labels.enumerated() {
      let point = points[atom]
      // A carbon on its own has no bond that would show it.
      if let text = label ?? (isBonded.contains(atom) ? nil : "C") {
        canvas.circle(
          x: point.x, y: point.y, radius: 7, class: "", style: "fill:var(--paper);fill-opacity:.9")
        canvas.text(text, x: point.x, y: point.y + 4.3, class: "m b")
      }
    }
  }

  /// The lines of one bond, shortened where a label stands.
  private mutating func draw(_ bond: MoleculeDrawing.Bond, _ labels: [String?]) {
    let (a, b) = (points[bond.first], points[bond.second])
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let length = max((dx * dx + dy * dy).squareRoot(), 1e-6)
    let (ux, uy) = (dx / length, dy / length)
    let start = labels[bond.first] == nil ? 0 : min(8, length / 3)
    let end = labels[bond.second] == nil ? 0 : min(8, length / 3)
    let isMassive = drawing.isMassive(bond)
    let width = isMassive ? 3.4 : 2.2
    let style = colours.style(bond.score) + ";stroke-width:\(width);stroke-linecap:round"
    let dashed = style + ";stroke-dasharray:1 4"
    let gap = isMassive ? 2.9 : 2.3
    let lines: [(offset: Double, style: String)] =
      switch bond.type {
      case "double": [(-gap, style), (gap, style)]
      case "triple": [(-1.9 * gap, style), (0, style), (1.9 * gap, style)]
      case "aromatic": [(-gap, style), (gap, dashed)]
      case "single": [(0, style)]
      default: [(0, dashed)]
      }
    for line in lines {
      let (ox, oy) = (-uy * line.offset, ux * line.offset)
      canvas.line(
        a.x + ux * start + ox, a.y + uy * start + oy, b.x - ux * end + ox, b.y - uy * end + oy,
        class: "line", style: line.style)
    }
  }
}
