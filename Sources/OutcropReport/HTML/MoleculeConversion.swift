/// The drawing of a graph of the results.
func moleculeFigure(_ drawing: StudyResults.Drawing, threshold: Double) -> SVGFigure? {
  Figures.molecule(
    MoleculeDrawing(
      name: "Graph \(drawing.graph)", atoms: drawing.nodes,
      bonds: drawing.bonds.map {
        MoleculeDrawing.Bond(
          first: $0.first, second: $0.second, type: $0.type,
          score: $0.score.isNaN ? nil : $0.score)
      }, threshold: threshold))
}
