import Foundation
import OutcropCore
import OutcropDatasets
import OutcropGraph
import OutcropModels
import OutcropNN
import OutcropReport

extension StudyResults.Dataset {
  /// The report's description of a data set. Sizes and shares of types are those of the analyzed split, or of
  /// a whole large graph.
  public init(_ dataset: some ExampleDataset, analyzed split: GraphDataset.Split) {
    if let single = dataset as? SingleGraphDataset {
      let graph = single.graph
      var counts: [Int: Int] = [:]
      if graph.edgeTypes != nil {
        let kinds = EdgeKinds(vocabularies: single.edgeVocabularies)
        for kind in kinds(graph.edgeTypes, count: graph.edgeCount) {
          counts[Int(kind), default: 0] += 1
        }
      }
      self.init(
        name: single.name, isSynthetic: single.isSynthetic, source: single.sourceDescription,
        checksum: single.checksum,
        splits: GraphDataset.Split.allCases.map {
          StudyResults.Split(name: $0.rawValue, graphs: single[$0].count)
        },
        analyzedSplit: split.rawValue, nodes: graph.nodeCount, edges: graph.edgeCount,
        edgeTypes: counts.sorted { $0.key < $1.key }.map { type, count in
          StudyResults.EdgeType(
            id: type, name: single.edgeTypeName(type),
            share: Double(count) / Double(max(1, graph.edgeCount)))
        })
      return
    }
    guard let dataset = dataset as? GraphDataset else {
      // For every split, neighbors are sampled from the whole graph.
      let graph = (dataset as? SampledDataset)?.nodes.graph
      self.init(
        name: dataset.name, isSynthetic: dataset.isSynthetic, source: dataset.sourceDescription,
        checksum: dataset.checksum,
        splits: GraphDataset.Split.allCases.map {
          StudyResults.Split(name: $0.rawValue, graphs: dataset.examples($0).exampleCount)
        },
        analyzedSplit: split.rawValue, nodes: graph?.nodeCount ?? 0,
        edges: graph?.directedEdgeCount ?? 0, edgeTypes: [])
      return
    }
    let graphs = dataset[split]
    var counts: [Int: Int] = [:]
    for graph in graphs {
      if graph.edgeTypes == nil { continue }
      for kind in dataset.edgeKinds(graph.edgeTypes, count: graph.edgeCount) {
        counts[Int(kind), default: 0] += 1
      }
    }
    let edges = graphs.reduce(0) { $0 + $1.edgeCount }
    self.init(
      name: dataset.name, isSynthetic: dataset.isSynthetic, source: dataset.sourceDescription,
      checksum: dataset.checksum,
      splits: GraphDataset.Split.allCases.map {
        StudyResults.Split(name: $0.rawValue, graphs: dataset[$0].count)
      },
      analyzedSplit: split.rawValue, nodes: graphs.reduce(0) { $0 + $1.nodeCount }, edges: edges,
      edgeTypes: counts.sorted { $0.key < $1.key }.map { type, count in
        StudyResults.EdgeType(
          id: type, name: dataset.edgeTypeName(type), share: Double(count) / Double(max(1, edges)))
      })
  }
}

extension StudyResults.Model {
  /// A model's name and published fields.
  public init(_ model: some GraphModel) {
    self.init(model.name, model.configurationFields, parameterCount: model.parameterCount)
  }

  /// The name and published fields of a configuration without the Explicit Bias Term. The number of
  /// parameters is that of a run without the term; a model is built to count them only if no run is without
  /// it.
  init(_ configuration: some ModelArchitecture, of runs: [StudyResults.Run]) {
    let plain = configuration.withExplicitBias(false)
    let counted = runs.first { $0.kind == .base || $0.kind == .trained }?.parameterCount
    self.init(
      type(of: plain).name, plain.fields,
      parameterCount: counted ?? plain.makeModel(seed: 0, Float.self).parameterCount)
  }

  private init(_ name: String, _ fields: [String: JSONValue], parameterCount: Int) {
    self.init(
      name: name,
      configuration: fields.compactMapValues { StudyResults.Setting($0) },
      parameterCount: parameterCount)
  }
}

extension StudyResults.Setting {
  /// The report's form of a field; of a list, its JSON. nil for null.
  init?(_ value: JSONValue) {
    switch value {
    case .bool(let flag): self = .flag(flag)
    case .number(let number): self = .number(number)
    case .string(let text): self = .text(text)
    case .array, .object: self = .text(value.description)
    case .null: return nil
    }
  }
}

extension StudyResults.Epoch {
  /// The report's form of an epoch's record. In regression the metric is left out, because it is the loss,
  /// which is drawn already.
  init(_ record: EpochRecord, task: GraphDataset.Task) {
    self.init(
      epoch: record.epoch, learningRate: record.learningRate, trainLoss: record.trainLoss,
      validationLoss: record.validationLoss,
      validationMetric: task == .regression ? nil : record.validationMetric,
      seconds: record.seconds, peakMemoryMB: record.peakMemoryMB)
  }
}
