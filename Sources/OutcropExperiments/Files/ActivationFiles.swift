import Foundation
import OutcropCore
import OutcropFiles
import OutcropReport
import OutcropStatistics

/// The analysis of activations in files, such as those of a PyTorch model, of any size: files are read
/// in blocks, and a summary is kept.
///
/// An npy file is one layer: a matrix [rows, width] of floating-point numbers. In safetensors and npz
/// files every such matrix is a layer; `NAME/batch_offsets` (rows offsets[b] ..< offsets[b + 1] are
/// batch b) and `NAME/edge_types` (one integer a row) belong to the matrix `NAME`. Both may also be
/// called `NAME_batch_offsets` and `NAME_edge_types`, or be separate files. A matrix without
/// offsets is one batch. For the batch median each ratio is taken over the median of its own batch.
///
/// Counts and largest ratios are exact. Gamma fits and Kolmogorov–Smirnov distances come from
/// histograms of bins of 2⁻¹³; `ActivationSummary` states the error.
public struct ActivationFiles: Sendable {
  public var detection = DetectionOptions()
  /// Takes only matrices whose names start with this.
  public var prefix = ""
  /// A file with one vector: the edge types of the rows of every matrix.
  public var edgeTypesFile: String?
  /// A file with one vector: the batch offsets of every matrix.
  public var batchOffsetsFile: String?
  /// The command that the report says to repeat.
  public var commandLine: [String] = []

  public init() {}

  /// A file, and its place in the comparison.
  public struct Input: Sendable {
    public var path: String
    public var kind: StudyResults.Run.Kind

    public init(_ path: String, _ kind: StudyResults.Run.Kind = .recorded) {
      self.path = path
      self.kind = kind
    }
  }

  /// Statistics of every matrix in `files`; each file is one run of the results.
  public func analyze(_ files: [String], note: (String) -> Void = { _ in }) throws -> StudyResults {
    try analyze(files.map { Input($0) }, note: note)
  }

  /// Statistics of every matrix in `inputs`; each is one run of the results.
  ///
  /// Layers are numbered by the last number in their names where those numbers differ, else in the order
  /// of the file; the notes name the matrix of each number. Layers are compared with the gamma fit of
  /// the layer of the same number in the first input of the kind `base`.
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
    var notes: [String] = []
    var runs: [StudyResults.Run?] = inputs.map { _ in nil }
    var untrained: [Int: ActivationSummary] = [:]
    // The base is analyzed first, wherever it is listed.
    let base = inputs.firstIndex { $0.kind == .base }
    for index in inputs.indices.sorted(by: { ($0 != base ? 1 : 0, $0) < ($1 != base ? 1 : 0, $1) })
    {
      let input = inputs[index]
      var layers: [StudyResults.Layer] = []
      for (number, var matrix) in try layersOf(input.path) {
        note("\(input.path): \(matrix.name), \(matrix.rowCount) rows of \(matrix.width)")
        notes.append("\(input.path): layer \(number) is `\(matrix.name)`")
        matrix.edgeTypes = edgeTypes ?? matrix.edgeTypes
        matrix.batchOffsets = offsets ?? matrix.batchOffsets
        let summary = try matrix.summary(detection.summaryOptions, medians: detection.medians)
        let found = try results(summary, of: matrix, index == base ? nil : untrained[number])
        if index == base { untrained[number] = summary }
        layers.append(StudyResults.Layer(index: number, edge: found))
      }
      let label = URL(fileURLWithPath: input.path).lastPathComponent
      runs[index] = StudyResults.Run(
        kind: input.kind, label: label, sources: [input.path], layers: layers)
    }
    return StudyResults(
      experiment: .analysis, toolVersion: OutcropVersion.string, commandLine: commandLine,
      date: StudyResults.timestamp(),
      threshold: detection.threshold,
      medians: detection.medians.map { StudyResults.MedianKind($0) },
      machine: .current, notes: notes, runs: runs.map { $0! })
  }

  /// The matrices of a file with their numbers, ascending.
  private func layersOf(_ path: String) throws -> [(number: Int, matrix: ActivationMatrix)] {
    let file = try ArrayFile(path: path)
    let matrices = try ActivationMatrix.all(in: file, prefix: file.format == .npy ? "" : prefix)
    if matrices.isEmpty {
      throw InputError(
        file: path,
        found: "no matrix of floating-point numbers"
          + (prefix.isEmpty ? "" : " whose name starts with `\(prefix)`")
          + " among \(try file.names.prefix(8).map { try describe(file, $0) }.joined(separator: ", "))"
          + (file.names.count > 8 ? ", …" : ""),
        expected: "at least one [rows, width]")
    }
    return zip(Self.numbers(of: matrices.map(\.name)), matrices).map { ($0, $1) }
      .sorted { $0.number < $1.number }
  }

  private func describe(_ file: ArrayFile, _ name: String) throws -> String {
    do {
      let entry = try file.entry(name)
      return "`\(name)` (\(entry.elementType.rawValue) \(entry.shape))"
    } catch let error as InputError where error.kind == .unsupported {
      return "`\(name)` (\(error.found))"
    }
  }

  private func results(
    _ summary: ActivationSummary, of matrix: ActivationMatrix, _ untrained: ActivationSummary?
  ) throws -> StudyResults.Activations {
    let offsets = try matrix.offsets()
    return StudyResults.Activations(
      summary, medians: detection.medians, untrained: untrained, replicates: detection.replicates
    ) { entry in
      StudyResults.Position(
        graph: matrix.batchOffsets == nil ? nil : entry.batch,
        edgeType: entry.edgeType.map(Int.init),
        row: offsets[entry.batch] + entry.row, channel: entry.channel)
    }
  }

  /// The last number in each name where they all differ, else 0, 1, ….
  package static func numbers(of names: [String]) -> [Int] {
    let found = names.map { name -> Int? in
      let digits = name.reversed().drop { !$0.isASCII || !$0.isNumber }
        .prefix { $0.isASCII && $0.isNumber }
      return Int(String(digits.reversed()))
    }
    let numbers = found.compactMap { $0 }
    return numbers.count == names.count && Set(numbers).count == names.count
      ? numbers : Array(names.indices)
  }
}
