import OutcropCore
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport

extension Intervention {
  /// The results of one trained model, for a report: the statistics of its layers, and what its massive
  /// activations do.
  ///
  /// - Parameters:
  ///   - model: the model, in evaluation mode.
  ///   - dataset: the data set, prepared for the model.
  ///   - split: the split whose examples are used.
  ///   - label: what the results call the model.
  ///   - commandLine: the command that the report says to repeat.
  ///   - note: gets sentences about the progress.
  /// - Throws: see `run`.
  public func results(
    of model: some GraphModel<Float>, on dataset: some ExampleDataset,
    split: GraphDataset.Split = .test, label: String, commandLine: [String] = [],
    note: (String) -> Void = { _ in }
  ) throws -> StudyResults {
    try check()
    let interventions = try run(
      model, on: dataset.examples(split), task: dataset.task, label: label, note: note)
    let observer = SummaryObserver(
      kinds: [.edge], options: detection.summaryOptions,
      edgeKinds: EdgeKinds(vocabularies: dataset.edgeVocabularies))
    let evaluation = try Evaluation(
      of: model, on: dataset.examples(split), task: dataset.task, batchSize: batchSize,
      observers: [observer])
    let hasBias = model.configurationFields["explicit_bias"] == .bool(true)
    var quick = detection
    quick.replicates = 0
    let run = StudyResults.Run(
      kind: hasBias ? .ebt : .trained, label: label, parameterCount: model.parameterCount,
      testMetric: StudyResults.Metric(
        name: evaluation.metric.name, value: evaluation.metric.value),
      layers: observer.layerResults(quick, typeName: { dataset.edgeTypeName($0) }))
    return StudyResults(
      experiment: .intervention, toolVersion: OutcropVersion.string, commandLine: commandLine,
      date: StudyResults.timestamp(), threshold: detection.threshold,
      medians: detection.medians, machine: .current,
      dataset: StudyResults.Dataset(dataset, analyzed: split), model: StudyResults.Model(model),
      notes: [
        "Massive edge activations are changed before the layer uses them; each control changes as many "
          + "other entries in the same way (\(draws) draws, seed \(seed))."
      ] + ((dataset as? GraphDataset)?.cautions() ?? []).map { "Caution: \($0)." },
      runs: [run], interventions: interventions)
  }
}
