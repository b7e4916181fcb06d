/// A finished figure.
public struct SVGFigure: Sendable, Equatable {
  /// The subject of the figure, in a few words.
  public var title: String
  /// A description of the content for readers who cannot see the figure.
  public var alternativeText: String
  /// The drawing: one self-contained `<svg>` element. It follows the reader's light or dark
  /// mode, and scales with the available width.
  public var svg: String
  /// The natural width in CSS pixels.
  public var width: Double
  /// The natural height in CSS pixels.
  public var height: Double

  /// The figure as a separate file, for editors and papers: with a white background and fixed
  /// colors, without style variables and dark mode, which only browsers support.
  public var document: String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + FigureStyle.standalone(svg, width, height)
      + "\n"
  }

  /// The drawing without its style rules, for a page that contains them.
  var bare: String { svg.replacing("<style>\(FigureStyle.css)</style>", with: "") }
}

/// The figures of a study. Each function takes results and returns a drawing; for empty or degenerate
/// results, the drawing states this.
public enum Figures {}
