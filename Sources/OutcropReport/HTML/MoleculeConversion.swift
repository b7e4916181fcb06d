/// The one place where results become drawings of molecules.
///
/// - Returns: nil while the package can't draw them.
func moleculeFigure(_ drawing: StudyResults.Drawing, threshold: Double) -> SVGFigure? {
  nil
}
