/// The questions of a reader, in the order in which a report answers them.
public enum Question: CaseIterable, Sendable {
  case presence, place, course, carriers, effect, remedy, certainty

  /// The heading of the question's section.
  public var title: String {
    switch self {
    case .presence: "Are there massive activations?"
    case .place: "Where are they?"
    case .course: "Since when?"
    case .carriers: "Which edges carry them?"
    case .effect: "Do they matter?"
    case .remedy: "What removes them?"
    case .certainty: "How sure is this?"
    }
  }

  /// The text of the link to the section.
  var link: String {
    switch self {
    case .presence: "Any?"
    case .place: "Where?"
    case .course: "Since when?"
    case .carriers: "Which edges?"
    case .effect: "Do they matter?"
    case .remedy: "What removes them?"
    case .certainty: "How sure?"
    }
  }
}
