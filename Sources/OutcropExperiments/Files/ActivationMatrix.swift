import Foundation
import OutcropCore
import OutcropFiles
import OutcropStatistics

/// One matrix [rows, width] of a file, with the edge types and batches of its rows.
package struct ActivationMatrix {
  let file: ArrayFile
  package let name: String
  /// The shape of the array in the file, and the type of its numbers.
  let shape: [Int]
  let elementType: ElementType
  package let rowCount: Int
  package let width: Int
  /// The edge types of its rows, a vector in one of the files; nil without types.
  var edgeTypes: Vector?
  /// The offsets of its batches; nil if all rows are one batch.
  var batchOffsets: Vector?

  /// The names of its rows, such as tokens, and their places in a sequence.
  var labels: Vector?
  var positions: Vector?

  /// A vector of integers in a file.
  struct Vector {
    let file: ArrayFile
    let name: String

    func error(_ found: String, _ expected: String) -> InputError {
      InputError(file: file.path, found: "\(found) in `\(name)`", expected: expected)
    }
  }

  /// The matrices of floating-point numbers in a file whose names start with `prefix`, and the arrays that
  /// are left out, each with the reason.
  ///
  /// An array of three or more axes is taken as a matrix [first axis, all others].
  /// `NAME/edge_types` or `NAME_edge_types`, and so on for `batch_offsets`, `labels` and `positions`, belong
  /// to the matrix `NAME`.
  package static func all(
    in file: ArrayFile, prefix: String
  ) throws -> (matrices: [ActivationMatrix], leftOut: [(name: String, reason: String)]) {
    var matrices: [ActivationMatrix] = []
    var leftOut: [(name: String, reason: String)] = []
    var companions: Set<String> = []
    for name in file.names {
      if !name.hasPrefix(prefix) {
        leftOut.append((name, "its name does not start with `\(prefix)`"))
        continue
      }
      let entry: ArrayFile.Entry
      do { entry = try file.entry(name) } catch let error as InputError
        where error.kind == .unsupported
      {
        leftOut.append((name, error.found))
        continue
      }
      let shape = entry.shape.map(String.init).joined(separator: ", ")
      guard entry.elementType.isFloatingPoint else {
        leftOut.append((name, "\(entry.elementType.rawValue) is not a floating-point type"))
        continue
      }
      guard entry.shape.count >= 2 else {
        leftOut.append((name, "[\(shape)] is not a matrix"))
        continue
      }
      let reader: RowReader
      do { reader = try RowReader(file, name) } catch let error as InputError
        where error.kind == .shape
      {
        leftOut.append((name, "[\(shape)] is not a matrix: reshape it to [rows, width]"))
        continue
      }
      func companion(_ what: String) -> Vector? {
        ["\(name)/\(what)", "\(name)_\(what)"].first { file.contains($0) }.map {
          companions.insert($0)
          return Vector(file: file, name: $0)
        }
      }
      matrices.append(
        ActivationMatrix(
          file: file, name: name, shape: entry.shape, elementType: entry.elementType,
          rowCount: reader.rowCount, width: reader.width, edgeTypes: companion("edge_types"),
          batchOffsets: companion("batch_offsets"), labels: companion("labels"),
          positions: companion("positions")))
    }
    leftOut.removeAll { companions.contains($0.name) }
    return (matrices, leftOut)
  }

  /// The only array of a file whose purpose the user gave, such as "edge types".
  static func vector(path: String, _ purpose: String) throws -> Vector {
    let file = try ArrayFile(path: path)
    guard file.names.count == 1 else {
      throw InputError(
        file: path, found: "\(file.names.count) arrays", expected: "one array, the \(purpose)")
    }
    return Vector(file: file, name: file.names[0])
  }

  /// The offsets of the batches: `count + 1` row numbers in ascending order, from 0 to `rowCount`.
  func offsets() throws -> [Int] {
    guard let batchOffsets else { return [0, rowCount] }
    let offsets = try batchOffsets.file.integers(batchOffsets.name).map { Int($0) }
    if offsets.isEmpty { throw batchOffsets.error("no number", "at least the number 0") }
    for (index, offset) in offsets.enumerated() {
      let isFirst = index == 0 && offset != 0
      let isLast = index == offsets.count - 1 && offset != rowCount
      if isFirst || isLast || (index > 0 && offset < offsets[index - 1]) {
        throw batchOffsets.error(
          "\(offset) as batch offset \(index)",
          "ascending row numbers from 0 to \(rowCount), the rows of `\(name)`")
      }
    }
    return offsets
  }

  /// A reader of the rows' edge types, or nil.
  func typeReader() throws -> EdgeTypeReader? {
    guard let edgeTypes else { return nil }
    let reader = try RowReader(edgeTypes.file, edgeTypes.name)
    guard reader.entry.shape.count == 1 || reader.width == 1, reader.rowCount == rowCount,
      !reader.entry.elementType.isFloatingPoint
    else {
      throw edgeTypes.error(
        "\(reader.entry.elementType.rawValue) of shape \(reader.entry.shape)",
        "\(rowCount) integers, one for each row of `\(name)`")
    }
    return EdgeTypeReader(reader: reader, vector: edgeTypes)
  }
}

extension ActivationMatrix {
  /// The text after the matrix's name that states its shape in the file if that has more than two axes.
  var flattening: String {
    shape.count == 2
      ? ""
      : ", [\(shape.map(String.init).joined(separator: ", "))] read as [\(rowCount), \(width)]"
  }

  /// A sentence for the report on infinite values and NaN; nil if there are none.
  func sentence(onOverflowIn summary: ActivationSummary) -> String? {
    let (infinite, undefined) = (summary.values.infiniteCount, summary.values.nanCount)
    if infinite == 0, undefined == 0 { return nil }
    var parts: [String] = []
    if infinite > 0 { parts.append("\(infinite) infinite") }
    if undefined > 0 { parts.append("\(undefined) NaN") }
    let overflow =
      infinite > 0 && elementType == .float64
      ? "; 64-bit numbers beyond 3.4e38, which single precision cannot hold, count as infinite" : ""
    return "`\(name)` has \(parts.joined(separator: " and ")) of \(summary.valueCount) activations"
      + overflow
  }
}

/// Reads the edge types of the rows in order.
struct EdgeTypeReader {
  let reader: RowReader
  let vector: ActivationMatrix.Vector

  /// The types of the next `count` rows.
  func next(_ count: Int) throws -> [Int32] {
    let first = reader.nextRow
    let types = try [Int64](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        filled += try reader.read(
          into: UnsafeMutableBufferPointer(rebasing: buffer[filled..<count]))
      }
    }
    for (row, type) in types.enumerated() where type < 0 || type > 0xFFFF {
      throw vector.error("edge type \(type) of row \(first + row)", "types of 0 ... 65535")
    }
    return types.map { Int32(truncatingIfNeeded: $0) }
  }
}
