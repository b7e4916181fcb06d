import Foundation

/// Draws a molecule's bonds and atoms.
struct MoleculePen {
  var canvas: SVGCanvas
  let points: [SVGCanvas.Point]
  let drawing: MoleculeDrawing
  let colors: ScoreColors

  private static let chemical: Set<String> = ["single", "double", "triple", "aromatic"]

  mutating func draw() {
    let bonds = drawing.drawnBonds
    let labels = drawing.atoms.map { MoleculeDrawing.label($0) }
    let isBonded = Set(bonds.flatMap { [$0.first, $0.second] })
    for bond in bonds where drawing.isMassive(bond) {
      let (a, b) = (points[bond.first], points[bond.second])
      canvas.line(a.x, a.y, b.x, b.y, class: "", style: ScoreColors.halo)
    }
    for bond in bonds { draw(bond, labels) }
    for (atom, label) in labels.enumerated() {
      let point = points[atom]
      // An isolated carbon would be invisible without a label.
      if let text = label ?? (isBonded.contains(atom) ? nil : "C") {
        let (halfWidth, halfHeight) = Self.box(text)
        canvas.rect(
          x: point.x - halfWidth, y: point.y - halfHeight, width: 2 * halfWidth,
          height: 2 * halfHeight, class: "", style: "fill:var(--paper);fill-opacity:.85", radius: 5)
        canvas.text(text, x: point.x, y: point.y + 4.3, class: "m b")
      }
    }
  }

  /// Half the size of a label.
  private static func box(_ label: String) -> (width: Double, height: Double) {
    (max(6.5, Plot.textWidth(label) / 2 + 1), 7)
  }

  /// The distance between an atom and the beginning of its bond, in the direction (ux, uy).
  private func gap(_ label: String?, _ ux: Double, _ uy: Double, _ length: Double) -> Double {
    guard let label else { return 0 }
    let box = Self.box(label)
    let exit = min(box.width / max(abs(ux), 1e-6), box.height / max(abs(uy), 1e-6))
    return min(exit + 1, 0.45 * length)
  }

  /// The lines of one bond, shortened at labels.
  private mutating func draw(_ bond: MoleculeDrawing.Bond, _ labels: [String?]) {
    let (a, b) = (points[bond.first], points[bond.second])
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let length = max((dx * dx + dy * dy).squareRoot(), 1e-6)
    let (ux, uy) = (dx / length, dy / length)
    let start = gap(labels[bond.first], ux, uy, length)
    let end = gap(labels[bond.second], ux, uy, length)
    let isMassive = drawing.isMassive(bond)
    let width = isMassive ? 3.4 : 2.2
    let style = colors.style(bond.score) + ";stroke-width:\(width);stroke-linecap:round"
    let dashed = style + ";stroke-dasharray:1 4"
    let apart = isMassive ? 2.9 : 2.3
    let lines: [(offset: Double, style: String)] =
      switch bond.type {
      case "double": [(-apart, style), (apart, style)]
      case "triple": [(-1.9 * apart, style), (0, style), (1.9 * apart, style)]
      case "aromatic": [(-apart, style), (apart, dashed)]
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
