import Foundation

/// Colors and fonts of all figures. The palette is that of Okabe and Ito, which is distinguishable with any
/// color vision, lightened for dark backgrounds.
enum FigureStyle {
  /// The colors on a light background, by the names that styles use.
  static let light: [(name: String, value: String)] = [
    ("--ink", "#1b1f24"), ("--soft", "#57606a"), ("--rule", "#e4e7eb"), ("--paper", "#ffffff"),
    ("--blue", "#0072b2"), ("--red", "#c14a00"), ("--green", "#00795a"), ("--pink", "#a8467c"),
    ("--gold", "#8a6500"), ("--gray", "#8b949e"), ("--heat", "#0b4a82"),
  ]

  private static let dark: [(name: String, value: String)] = [
    ("--ink", "#e6e9ed"), ("--soft", "#a2abb5"), ("--rule", "#2c3238"), ("--paper", "#14171b"),
    ("--blue", "#56b4e9"), ("--red", "#ff9254"), ("--green", "#3fc99f"), ("--pink", "#e39cc4"),
    ("--gold", "#e6b93c"), ("--gray", "#7d8691"), ("--heat", "#7cc7f5"),
  ]

  /// The style rules without colors and fonts.
  static let rules = """
    .of text{font-size:12.5px;fill:var(--ink)}
    .of .h{font-size:14px;font-weight:600}
    .of .small{font-size:10px}
    .of .s{fill:var(--soft)}
    .of .m{text-anchor:middle}
    .of .e{text-anchor:end}
    .of .b{font-weight:600}
    .of .on{fill:var(--paper)}
    .of .halo{paint-order:stroke;stroke:var(--paper);stroke-width:3;stroke-linejoin:round}
    .of .rule{stroke:var(--rule);stroke-width:1}
    .of .axis{stroke:var(--soft);stroke-width:1}
    .of .limit{stroke:var(--red);stroke-width:1.3;stroke-dasharray:5 3}
    .of .red{fill:var(--red)}
    .of .line{fill:none;stroke:var(--l,var(--c));stroke-width:1.1;stroke-linejoin:round}
    .of .thick{stroke-width:2.1}
    .of .dash{stroke-dasharray:4 3}
    .of .dots{stroke-dasharray:1.5 3}
    .of .faint{opacity:.6}
    .of .mark{fill:var(--l,var(--c))}
    .of .ring{fill:var(--paper);stroke:var(--l,var(--c));stroke-width:1.6}
    .of .area{fill:var(--c);fill-opacity:.28;stroke:none}
    .of .heat{fill:var(--heat)}
    .of .hot{fill:var(--red)}
    .of .cut{stroke:var(--red);stroke-width:1.6}
    .of .hit{fill:none;pointer-events:all}
    .of .under{fill:none;stroke:var(--paper);stroke-width:4;opacity:.85}
    .of .most{fill:none;stroke:var(--red);stroke-width:1.8}
    .of .blank{fill:var(--rule);opacity:.45}
    .of .empty{stroke:var(--gray);stroke-width:1;opacity:.5;fill:none}
    """

  /// The attribute with the numbers of an element, which the page's script shows.
  static let tipStart = " data-t=\""

  /// Style rules that every figure contains, so that a browser can also show it alone.
  static let css = """
    .of{\(light.map { "\($0.name):\($0.value)" }.joined(separator: ";"));\
    font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;\
    font-variant-numeric:tabular-nums}
    \(rules)
    @media screen and (prefers-color-scheme:dark){\
    .of{\(dark.map { "\($0.name):\($0.value)" }.joined(separator: ";"))}\
    .of .line,.of .mark,.of .ring{--l:var(--d,var(--c))}.of .od{fill:var(--paper)}}
    """

  /// Attributes that color the elements of several arms, each differently while there are enough colors. An
  /// arm has the color of its kind if possible.
  static func styles(_ arms: [StudyResults.Arm]) -> [String] {
    let palette = ["--blue", "--red", "--green", "--pink", "--gold", "--gray"]
    var used: [String] = []
    for arm in arms {
      let own = color(arm.first)
      // First the colors that no arm has by its kind, then the others.
      let free = palette.first { name in
        !used.contains(name) && !arms.contains { color($0.first) == name }
      }
      used.append(used.contains(own) ? free ?? palette.first { !used.contains($0) } ?? own : own)
    }
    return used.map { "--c:var(\($0))" }
  }

  /// The same for runs, by their labels.
  static func styles(of runs: [StudyResults.Run]) -> [String: String] {
    var arms: [StudyResults.Arm] = []
    for run in runs where !arms.contains(where: { $0.label == run.label }) {
      arms.append(.init(kind: run.kind, label: run.label, runs: [run], bases: [nil]))
    }
    return Dictionary(uniqueKeysWithValues: zip(arms.map(\.label), styles(arms)))
  }

  /// The color variable of a run.
  static func color(_ run: StudyResults.Run) -> String {
    switch run.kind {
    case .base: "--gray"
    case .trained: "--blue"
    case .ebt: "--red"
    case .adaptive: "--green"
    case .ablated, .relabeled: "--pink"
    case .recorded: "--green"
    }
  }

  /// Attribute that colors an element `line`, `area` or `mark` like a run.
  static func style(_ run: StudyResults.Run) -> String { "--c:var(\(color(run)))" }

  /// Attribute that colors a line by depth, `position` from 0 (first layer) to 1 (last): the
  /// viridis scale, its dark part on light backgrounds and its light part on dark ones.
  static func depthStyle(_ position: Double) -> String {
    let t = position.isFinite ? min(max(position, 0), 1) : 0
    return "--c:\(viridis(0.04 + 0.62 * t));--d:\(viridis(0.42 + 0.56 * t))"
  }

  private static func viridis(_ position: Double) -> String {
    let stops: [SIMD3<Double>] = [
      [68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137],
      [53, 183, 121], [109, 205, 89], [180, 222, 44], [253, 231, 37],
    ]
    let place = position * Double(stops.count - 1)
    let left = min(max(Int(place), 0), stops.count - 2)
    let mix = stops[left] + (stops[left + 1] - stops[left]) * (place - Double(left))
    return String(
      format: "#%02x%02x%02x", Int(mix.x.rounded()), Int(mix.y.rounded()), Int(mix.z.rounded()))
  }
}
