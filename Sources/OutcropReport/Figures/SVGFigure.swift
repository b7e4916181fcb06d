/// A finished figure.
public struct SVGFigure: Sendable, Equatable {
  /// What the figure is about, in a few words.
  public var title: String
  /// What a reader who can't see it should know.
  public var alternativeText: String
  /// The drawing: one `<svg>` element that needs nothing else. It follows the reader's light or
  /// dark mode, and scales with the width it is given.
  public var svg: String
  /// Natural width in CSS pixels.
  public var width: Double
  /// Natural height in CSS pixels.
  public var height: Double

  /// The figure as a file of its own.
  public var document: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg + "\n" }
}

/// The figures of a study. Each takes results and returns a drawing; empty or degenerate results
/// give a figure that says so.
public enum Figures {}
