import Foundation
import OutcropReport
import OutcropStatistics
import OutcropTensor

/// The analysis of activations that come from elsewhere, such as a PyTorch model.
///
/// An npy file is one layer: a matrix [rows, width] of floating-point numbers. In a safetensors file
/// every such matrix is a layer; `<name>/batch_offsets` (rows offsets[b] ..< offsets[b + 1] are batch b)
/// and `<name>/edge_types` (one integer a row) belong to the matrix `<name>`.
public struct ActivationFiles: Sendable {
  public var detection = DetectionOptions()
  /// Takes only matrices whose names start with this.
  public var prefix = ""
  /// The command that the report says to repeat.
  public var commandLine: [String] = []

  public init() {}

  /// A matrix with its batches and edge types.
  private struct Matrix {
    let name: String
    let shape: [Int]
    let values: [Float]
    var batchOffsets: [Int]?
    var edgeTypes: [Int32]?
  }

  /// Statistics of every matrix in `files`; each file is one run of the results.
  ///
  /// Layers are numbered by the last number in their names where those numbers differ, else in the order
  /// of the file; the notes say which is which.
  public func analyse(_ files: [String], note: (String) -> Void = { _ in }) throws -> StudyResults {
    var notes: [String] = []
    var runs: [StudyResults.Run] = []
    for path in files {
      let matrices = try read(path)
      if matrices.isEmpty {
        throw ActivationFileError(
          file: path,
          found: "no matrix of floating-point numbers"
            + (prefix.isEmpty ? "" : " whose name starts with `\(prefix)`"),
          expected: "at least one [rows, width]")
      }
      let numbers = Self.numbers(of: matrices.map(\.name))
      var layers: [StudyResults.Layer] = []
      for (matrix, number) in zip(matrices, numbers).sorted(by: { $0.1 < $1.1 }) {
        note("\(path): \(matrix.name), \(matrix.shape[0]) rows of \(matrix.shape[1])")
        notes.append("\(path): layer \(number) is `\(matrix.name)`")
        layers.append(StudyResults.Layer(index: number, edge: try statistics(path, matrix)))
      }
      let label = URL(fileURLWithPath: path).lastPathComponent
      runs.append(StudyResults.Run(kind: .recorded, label: label, sources: [path], layers: layers))
    }
    return StudyResults(
      toolVersion: OutcropVersion.string, commandLine: commandLine, date: StudyResults.timestamp(),
      threshold: detection.threshold, median: detection.median == .edge ? .edge : .batch,
      machine: .current, notes: notes, runs: runs)
  }

  private func statistics(_ path: String, _ matrix: Matrix) throws -> StudyResults.Activations {
    do {
      let statistics = try ActivationStatistics(
        matrix.values, rowCount: matrix.shape[0], width: matrix.shape[1],
        batchOffsets: matrix.batchOffsets, edgeTypes: matrix.edgeTypes,
        options: detection.statisticsOptions(baseline: nil))
      return StudyResults.Activations(statistics, median: detection.median) { row, channel in
        StudyResults.Position(edgeType: matrix.edgeTypes.map { Int($0[row]) }, channel: channel)
      }
    } catch {
      throw ActivationFileError(
        file: path, found: "`\(matrix.name)`: \(error)", expected: "arrays that fit together")
    }
  }

  private func read(_ path: String) throws -> [Matrix] {
    if path.hasSuffix(".npy") {
      let file = try NpyFile(path: path)
      guard file.shape.count == 2, file.elementType.isFloatingPoint else {
        throw ActivationFileError(
          file: path, found: "\(file.elementType.safetensorsName) of shape \(file.shape)",
          expected: "a matrix [rows, width] of floating-point numbers")
      }
      let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
      return [Matrix(name: name, shape: file.shape, values: try file.floats(.rounding))]
    }
    let file = try SafetensorsFile(path: path)
    return try file.names.compactMap { name in
      let entry = try file.entry(name)
      guard entry.shape.count == 2, entry.elementType.isFloatingPoint, name.hasPrefix(prefix) else {
        return nil
      }
      var matrix = Matrix(
        name: name, shape: entry.shape, values: try file.floats(name, .rounding))
      if file.contains(name + "/batch_offsets") {
        matrix.batchOffsets = try file.integers(name + "/batch_offsets").map { Int($0) }
      }
      if file.contains(name + "/edge_types") {
        matrix.edgeTypes = try file.integers(name + "/edge_types").map { value in
          guard let type = Int32(exactly: value) else {
            throw ActivationFileError(
              file: path, found: "edge type \(value) in `\(name)/edge_types`",
              expected: "types of 0 ... 65535")
          }
          return type
        }
      }
      return matrix
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

/// A file of activations that cannot be analysed.
public struct ActivationFileError: Error, Sendable, CustomStringConvertible {
  public let file: String
  public let found: String
  public let expected: String

  public var description: String { "\(file): found \(found), expected \(expected)" }
}
