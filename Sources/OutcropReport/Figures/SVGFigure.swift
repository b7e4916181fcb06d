/// A finished figure.
public struct SVGFigure: Sendable, Equatable {
  /// What the figure is about, in a few words.
  public var title: String
  /// The content in words, for readers who cannot see the figure.
  public var alternativeText: String
  /// The drawing: one `<svg>` element that needs nothing else. It follows the reader's light or
  /// dark mode, and scales with the width it is given.
  public var svg: String
  /// Natural width in CSS pixels.
  public var width: Double
  /// Natural height in CSS pixels.
  public var height: Double

  /// The figure as a separate file, for editors and papers: on white paper, in fixed colors, without
  /// style variables and dark mode, which only browsers know.
  public var document: String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + FigureStyle.standalone(svg, width, height)
      + "\n"
  }

  /// The drawing without its style rules, for a page that has them.
  var bare: String { svg.replacing("<style>\(FigureStyle.css)</style>", with: "") }
}

/// The figures of a study. Each takes results and returns a drawing; empty or degenerate results
/// give a figure that says so.
public enum Figures {}
