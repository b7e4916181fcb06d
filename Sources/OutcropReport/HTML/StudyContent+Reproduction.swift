import OutcropCore

extension StudyContent {
  /// Command, versions, data, model and machine.
  var reproductionSection: String {
    let data = results.dataset
    let splits = data?.splits.map { "\($0.name) \(NumberText.grouped($0.graphs))" }
    let types = data?.edgeTypes.map { "\($0.name) \(NumberText.percent($0.share))" }
    let configuration = results.model?.configuration.sorted { $0.key < $1.key }
      .map { "\($0.key) = \(Self.text($0.value))" }
    let training = results.runs.first { $0.kind != .base && $0.settings != nil }?.settings?
      .filter { results.model?.configuration[$0.key] == nil }.sorted { $0.key < $1.key }
      .map { "\($0.key) = \(Self.text($0.value))" }
    let machine = results.machine
    let files = results.runs.flatMap(\.sources)
    let seeds = Self.seeds(results)
    let wholes = data.map {
      "\(NumberText.grouped($0.nodes)) nodes, \(NumberText.grouped($0.edges)) directed edges"
        + ($0.analyzedSplit == nil ? "" : " in the analyzed data")
    }
    var html = parts.heading("How to reproduce")
    if !results.commandLine.isEmpty {
      let command = results.commandLine.map(Self.quoted).joined(separator: " ")
      html += "<pre><code>\(Markup.escape(command))</code></pre>"
    }
    html += parts.facts([
      ("Results", source),
      ("Experiment", results.experiment.rawValue),
      ("Computed", Self.date(results.date)),
      ("Version", "outcrop \(results.toolVersion), results of schema \(results.schemaVersion)"),
      seeds.count > 1
        ? ("Seeds", seeds.joined(separator: ", "))
        : ("Seed", results.seed.map { "\($0)" } ?? seeds.first),
      (
        "Threshold",
        "ratio over \(NumberText.ratio(results.threshold)), by the "
          + results.medians.map(\.name).joined(separator: " and by the ")
      ),
      ("Data set", data.map { $0.name + ($0.isSynthetic ? " (synthetic)" : "") }),
      ("Source", data?.source),
      ("Checksum", data?.checksum),
      ("Graphs", splits.flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") }),
      ("Size", wholes),
      ("Edge types", types.flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") }),
      ("Files", files.isEmpty ? nil : files.joined(separator: ", ")),
      ("Model", results.model?.name),
      ("Parameters", results.model?.parameterCount.map(NumberText.grouped)),
      ("Settings", configuration.flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") }),
      (
        "Training",
        results.experiment == .sweep || training?.isEmpty == true
          ? nil : training?.joined(separator: ", ")
      ),
      (
        "Machine",
        "\(machine.cpu), \(Findings.count(machine.cores, "core")), "
          + Self.memory(machine.memoryMB)
          + (machine.threads.map { ", \(Findings.count($0, "thread"))" } ?? "")
      ),
      ("System", machine.system),
    ])
    html += parts.paragraph(
      "The same command with the same seeds and version gives the same numbers, for any number of "
        + "threads. All numbers are in the results file. Every figure of this page is also in the "
        + "folder figures (SVG), and every table, with all digits, in the folder tables (CSV).",
      class: "note")
    return html
  }

  static func text(_ setting: StudyResults.Setting) -> String {
    switch setting {
    case .flag(let value): value ? "true" : "false"
    case .number(let value):
      value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    case .text(let value): value
    }
  }

  /// The argument, quoted for a shell.
  static func quoted(_ argument: String) -> String {
    let isPlain =
      !argument.isEmpty
      && argument.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || ("0"..."9").contains($0)
          || "-_./=:,+@%".unicodeScalars.contains($0)
      }
    return isPlain ? argument : "'" + argument.replacing("'", with: "'\\''") + "'"
  }
}
