import Foundation
import OutcropReport
import Testing

@Suite struct MoleculeFigureTests {
  /// Cyanobenzene with a charge: six ring bonds, one to the nitrile, one triple.
  private func drawing(_ scores: [Double?]) -> MoleculeDrawing {
    let types = ["single", "double", "single", "double", "single", "double", "single", "triple"]
    let ends = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 6), (6, 7)]
    return MoleculeDrawing(
      name: "Graph 7", atoms: ["C", "C", "C H1", "C", "C", "C", "C", "N H2 +"],
      bonds: ends.indices.map {
        .init(first: ends[$0].0, second: ends[$0].1, type: types[$0], score: scores[$0])
      })
  }

  private func lines(_ figure: SVGFigure) -> Int {
    figure.svg.components(separatedBy: "class=\"line\"").count - 1
  }

  @Test func bondsAndMarks() {
    let figure = Figures.molecule(drawing([3, 40, 2000, 5, 12_345, .infinity, nil, 7]))
    FigureTests.check(figure)
    // Four single, three double and one triple bond, and one line in the key.
    #expect(lines(figure) == 4 + 3 * 2 + 3 + 1)
    // Three halos and one in the key.
    #expect(figure.svg.components(separatedBy: "stroke-opacity:.3").count == 4 + 1)
    let xml = XMLCheck(figure.document)
    let texts = xml.texts["text"]!
    #expect(texts.contains("NH₂⁺") && !texts.contains("C"))
    #expect(texts.contains { $0.contains("log scale") && $0.contains("no unit") })
    #expect(texts.contains("over 1,000"))
    #expect(figure.alternativeText.contains("8 atoms, 8 bonds"))
    #expect(figure.alternativeText.contains("double C–C (∞), single C–C (12,345)"))
    #expect(figure.alternativeText.contains("Scores from 3 to ∞"))
    for (x, y) in FigureTests.pathPoints(figure.svg) {
      #expect(x >= 0 && x <= figure.width && y >= 0 && y <= figure.height)
    }
  }

  @Test func colorsFollowTheLogarithm() {
    func style(_ score: Double) -> String {
      let bond = MoleculeDrawing.Bond(first: 0, second: 1, type: "single", score: score)
      let svg = Figures.molecule(
        MoleculeDrawing(name: "x", atoms: ["N", "O"], bonds: [bond]), scale: 1...10_000
      ).svg
      // The bond is the first line.
      return String(
        svg.components(separatedBy: "class=\"line\" style=\"")[1].prefix { $0 != ";" })
    }
    #expect(Set([1, 10, 100, 1000, 10_000].map(style)).count == 5)
    #expect(style(0.1) == style(1) && style(1e9) == style(10_000))
    #expect(style(.infinity) == style(10_000))
    // The color bar's ends have the colors of the scale's.
    let bar = Figures.molecule(drawing([1, 2, 3, 4, 5, 6, 7, 8]), scale: 1...10_000).svg
      .components(separatedBy: "class=\"mark\" style=\"")
    #expect(bar[1].hasPrefix(style(1)) && bar.last!.hasPrefix(style(10_000)))
  }

  @Test func degenerateDrawings() {
    let none = [Double?](repeating: nil, count: 8)
    for scores in [none, [0, -1, .nan, nil, nil, nil, nil, nil], Array(repeating: 1000, count: 8)] {
      FigureTests.check(Figures.molecule(drawing(scores)))
    }
    #expect(Figures.molecule(drawing(none)).svg.contains("no scores"))
    FigureTests.check(Figures.molecule(MoleculeDrawing(name: "none", atoms: [], bonds: [])))
    FigureTests.check(Figures.molecule(MoleculeDrawing(name: "one", atoms: ["C"], bonds: [])))
    let crowd = MoleculeDrawing(name: "crowd", atoms: Array(repeating: "3", count: 401), bonds: [])
    #expect(Figures.molecule(crowd).svg.contains("401 atoms are too many"))
    // Bonds that lead nowhere and names that are no elements.
    var odd = drawing(none)
    odd.atoms = ["helix", "12", "<&>", "", "\u{1B}", "Very long name", "N", "C -"]
    odd.bonds.append(.init(first: 0, second: 99, type: "single", score: 1))
    odd.bonds.append(.init(first: 2, second: 2, type: "single", score: 1))
    odd.bonds.append(.init(first: 2, second: 5, type: "meaningless", score: 1))
    let figure = Figures.molecule(odd)
    FigureTests.check(figure)
    #expect(figure.svg.contains("C⁻") && figure.svg.contains("helix"))
  }

  @Test func drawingsAreCodable() throws {
    let value = drawing([1, 2, 3, 4, 5, 6, nil, 8])
    let copy = try JSONDecoder().decode(
      MoleculeDrawing.self, from: JSONEncoder().encode(value))
    #expect(copy == value)
  }
}
