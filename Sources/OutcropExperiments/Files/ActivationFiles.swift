import Foundation
import OutcropCore
import OutcropFiles
import OutcropReport
import OutcropStatistics

/// The analysis of activations in files, such as those of a PyTorch model. Files are read in blocks and only
/// a summary is kept, so they can have any size.
///
/// An npy file is one layer: a matrix [rows, width] of floating-point numbers. In safetensors and npz
/// files every such matrix is a layer; `NAME/batch_offsets` (rows offsets[b] ..< offsets[b + 1] are
/// batch b) and `NAME/edge_types` (one integer a row) belong to the matrix `NAME`. Both may also be
/// called `NAME_batch_offsets` and `NAME_edge_types`, or be separate files. `NAME/labels` (the rows' names,
/// such as tokens: bytes of UTF-8, a line feed between two) and `NAME/positions` (one integer a row) say what
/// the rows of the largest activations are. A matrix without
/// offsets is one batch. For the batch median each ratio is taken over the median of its own batch.
///
/// Counts and largest ratios are exact. Gamma fits and Kolmogorov–Smirnov distances are computed from
/// histograms of bins of 2⁻¹³; the documentation of `ActivationSummary` states the error.
public struct ActivationFiles: Sendable {
  /// The options of detection.
  public var detection = DetectionOptions()
  /// Only matrices whose names start with this are analyzed.
  public var prefix = ""
  /// A file with one vector: the edge types of the rows of every matrix.
  public var edgeTypesFile: String?
  /// A file with one vector: the batch offsets of every matrix.
  public var batchOffsetsFile: String?
  /// The command that the report shows for repeating the analysis.
  public var commandLine: [String] = []
  /// The ranks that share the matrices; each gets the results of all, which are the same for any number of ranks.
  public var communicator: any Communicator = SingleProcess()

  /// An analysis with the default settings.
  public init() {}

  /// A file, and its part in the comparison.
  public struct Input: Sendable {
    /// The file's path.
    public var path: String
    /// The kind of run whose activations the file has.
    public var kind: StudyResults.Run.Kind

    /// The file at `path`, with the activations of a run of that kind.
    public init(_ path: String, _ kind: StudyResults.Run.Kind = .recorded) {
      self.path = path
      self.kind = kind
    }
  }

  /// The probability that an untrained model is over a threshold of the calibration in any layer.
  public var errorRate = 0.05

  /// Statistics of every matrix in `files`; each file is one run of the results.
  public func analyze(_ files: [String], note: (String) -> Void = { _ in }) throws -> StudyResults {
    try analyze(files.map { Input($0) }, note: note)
  }

  /// Computes the statistics of every matrix in `inputs`; each input is one run of the results.
  ///
  /// Layers are numbered by the last number in their names if these numbers differ, otherwise in the order of
  /// the file. Layers of the same name have the same number in every file (see `LayerNumbering`). The notes
  /// list the matrix of each number, and every array that is left out, with the reason. Layers are compared
  /// with the gamma fit of the layer of the same name in the first input of the kind `base`.
  ///
  /// Eight or more inputs of the kind `base` are the untrained models of a calibration (`ExtremeCalibration`) of
  /// the layers that all inputs have.
  ///
  /// Throws `InputError` for files that aren't sound and for arrays that are missing or don't fit
  /// together; the error names file and array.
  public func analyze(
    _ inputs: [Input], note: (String) -> Void = { _ in }
  ) throws -> StudyResults {
    let edgeTypes = try edgeTypesFile.map { try ActivationMatrix.vector(path: $0, "edge types") }
    let offsets = try batchOffsetsFile.map {
      try ActivationMatrix.vector(path: $0, "batch offsets")
    }
    try detection.check()
    var calibration = Calibration()
    calibration.errorRate = errorRate
    try calibration.check()
    var notes: [String] = []
    var runs: [StudyResults.Run?] = inputs.map { _ in nil }
    var untrained: [String: ActivationSummary] = [:]
    // The base is analyzed first, because the layers of the others get the numbers of its layers.
    let base = inputs.firstIndex { $0.kind == .base }
    let order = inputs.indices.sorted { ($0 != base ? 1 : 0, $0) < ($1 != base ? 1 : 0, $1) }
    var numbering: LayerNumbering?
    func withVectors(_ matrix: ActivationMatrix) -> ActivationMatrix {
      var matrix = matrix
      matrix.edgeTypes = edgeTypes ?? matrix.edgeTypes
      matrix.batchOffsets = offsets ?? matrix.batchOffsets
      return matrix
    }
    // Of each input in this order: its layers, and what is told after them.
    var planned: [(index: Int, layers: [Layer], remarks: [String])] = []
    for index in order {
      let (matrices, leftOut) = try matricesOf(inputs[index].path)
      let names = matrices.map(\.name)
      let layerNumbers = numbering?.numbers(of: names) ?? LayerNumbering(names).numbers(of: names)
      let pairs = numbering?.counterparts(of: names) ?? [:]
      var remarks = leftOut.map { "`\($0.name)` is left out: \($0.reason)" }
      if base != nil, index != base, let numbering {
        remarks += names.filter { pairs[$0] == nil }.map {
          "`\($0)` has no counterpart in \(inputs[base!].path) and is not compared"
        }
        remarks += numbering.names.filter { !pairs.values.contains($0) }.map {
          "`\($0)` of \(inputs[base!].path) has no counterpart here"
        }
      }
      numbering = numbering ?? LayerNumbering(names)
      numbering?.remember(names, layerNumbers)
      let layers = zip(layerNumbers, matrices).sorted { $0.0 < $1.0 }.map { number, matrix in
        Layer(
          number: number, matrix: withVectors(matrix), isBase: index == base,
          counterpart: index == base ? nil : pairs[matrix.name])
      }
      planned.append((index, layers, remarks))
    }
    let calibrates =
      inputs.count { $0.kind == .base } >= ExtremeCalibration.leastSeedCount
    var shared = try sharedResults(
      of: planned.flatMap(\.layers),
      sharesSummaries: calibrates ? { _ in true } : { $0.isBase && inputs.count > 1 })?[...]
    var summaries: [[Int: ActivationSummary]] = inputs.map { _ in [:] }
    for (index, plannedLayers, remarks) in planned {
      let input = inputs[index]
      var layers: [StudyResults.Layer] = []
      for layer in plannedLayers {
        let (matrix, number) = (layer.matrix, layer.number)
        note("\(input.path): \(matrix.name), \(matrix.rowCount) rows of \(matrix.width)")
        notes.append("\(input.path): layer \(number) is `\(matrix.name)`\(matrix.flattening)")
        let rows = try RowNames(matrix)
        let result =
          try shared?.popFirst()
          ?? {
            let summary = try matrix.summary(detection.summaryOptions, medians: detection.medians)
            return try self.result(
              of: matrix, rows, summary, layer.counterpart.flatMap { untrained[$0] })
          }()
        let found = result.activations
        if !rows.isEmpty, let sentence = found.sentence(ofLargestIn: number) {
          notes.append("\(input.path): \(sentence)")
          note("\(input.path): \(sentence)")
        }
        if layer.isBase { untrained[matrix.name] = result.summary }
        if calibrates { summaries[index][number] = result.summary }
        if let sentence = result.overflow {
          notes.append("\(input.path): \(sentence)")
          note("\(input.path): \(sentence)")
        }
        layers.append(StudyResults.Layer(index: number, edge: found))
      }
      for remark in remarks {
        note("\(input.path): \(remark)")
        notes.append("\(input.path): \(remark)")
      }
      let label = URL(fileURLWithPath: input.path).lastPathComponent
      runs[index] = StudyResults.Run(
        kind: input.kind, label: label, sources: [input.path], layers: layers)
    }
    let calibrations =
      calibrates ? try calibrations(inputs, runs.map { $0!.label }, summaries) : nil
    return StudyResults(
      experiment: .analysis, toolVersion: OutcropVersion.string, commandLine: commandLine,
      date: StudyResults.timestamp(),
      threshold: detection.threshold,
      medians: detection.medians,
      machine: .current, notes: notes, runs: runs.map { $0! }, calibrations: calibrations)
  }

  /// One matrix of the analysis.
  struct Layer {
    let number: Int
    let matrix: ActivationMatrix
    /// Whether layers of other inputs are compared with it.
    let isBase: Bool
    /// The name of the layer of the base that it is compared with.
    let counterpart: String?
  }

  /// What is found in one matrix.
  struct LayerResult: Codable {
    let activations: StudyResults.Activations
    /// A sentence about values that overflow.
    let overflow: String?
    /// The summary, where other layers or a calibration may need it.
    var summary: ActivationSummary?
  }

  /// The calibration on the inputs of the kind `base`, by the layers that all inputs have.
  private func calibrations(
    _ inputs: [Input], _ labels: [String], _ summaries: [[Int: ActivationSummary]]
  ) throws -> [StudyResults.Calibration] {
    let common = summaries.map { Set($0.keys) }.reduce(Set(summaries[0].keys)) {
      $0.intersection($1)
    }.sorted()
    let layers = summaries.map { summary in common.map { summary[$0]! } }
    let isBase = inputs.map { $0.kind == .base }
    return try detection.medians.map { median in
      do {
        return try StudyResults.Calibration(
          untrained: zip(layers, isBase).filter(\.1).map(\.0), median: median,
          label: "the base files", errorRate: errorRate,
          tested: inputs.indices.filter { !isBase[$0] }.map { (labels[$0], nil, layers[$0]) },
          numbers: common)
      } catch {
        throw InputError(
          file: inputs.first { $0.kind == .base }!.path, field: "calibration", found: "\(error)",
          expected: "base files with the same layers and batches")
      }
    }
  }

  /// The matrices of a file in its order, and the arrays that are not matrices.
  private func matricesOf(
    _ path: String
  ) throws -> (matrices: [ActivationMatrix], leftOut: [(name: String, reason: String)]) {
    let file = try ArrayFile(path: path)
    let found = try ActivationMatrix.all(in: file, prefix: file.format == .npy ? "" : prefix)
    if found.matrices.isEmpty {
      throw InputError(
        file: path,
        found: "no matrix of floating-point numbers"
          + (prefix.isEmpty ? "" : " whose name starts with `\(prefix)`")
          + " among \(try file.names.prefix(8).map { try describe(file, $0) }.joined(separator: ", "))"
          + (file.names.count > 8 ? ", …" : ""),
        expected: "at least one [rows, width]")
    }
    return found
  }

  private func describe(_ file: ArrayFile, _ name: String) throws -> String {
    do {
      let entry = try file.entry(name)
      return "`\(name)` (\(entry.elementType.rawValue) \(entry.shape))"
    } catch let error as InputError where error.kind == .unsupported {
      return "`\(name)` (\(error.found))"
    }
  }

  func result(
    of matrix: ActivationMatrix, _ rows: RowNames, _ summary: ActivationSummary,
    _ untrained: ActivationSummary?
  ) throws -> LayerResult {
    let offsets = try matrix.offsets()
    let activations = StudyResults.Activations(
      summary, medians: detection.medians, untrained: untrained, replicates: detection.replicates
    ) { entry in
      let row = offsets[entry.batch] + entry.row
      return StudyResults.Position(
        graph: matrix.batchOffsets == nil ? nil : entry.batch,
        edgeType: entry.edgeType.map(Int.init), row: row, channel: entry.channel,
        position: rows.position(row)
          ?? (rows.isEmpty || matrix.batchOffsets == nil ? nil : entry.row),
        label: rows.label(row))
    }
    return LayerResult(
      activations: activations, overflow: matrix.sentence(onOverflowIn: summary),
      summary: summary)
  }
}
