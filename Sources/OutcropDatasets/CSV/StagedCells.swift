/// Memory for the fields of some rows, column by column, before the columns take them over.
final class StagedCells {
  /// So many rows are staged at most.
  static let rowCount = 2048

  enum Role {
    case identifier, integer, real
    /// A word, a vector, or nothing yet: taken field by field.
    case other
  }

  struct Cell {
    var role: Role
    let memory: UnsafeMutableRawPointer

    var identifiers: UnsafeMutablePointer<Int64> { memory.assumingMemoryBound(to: Int64.self) }
    var integers: UnsafeMutablePointer<Int32> { memory.assumingMemoryBound(to: Int32.self) }
    var reals: UnsafeMutablePointer<Float> { memory.assumingMemoryBound(to: Float.self) }
  }

  private(set) var cells = UnsafeMutableBufferPointer<Cell>.allocate(capacity: 0)

  deinit { release() }

  private func release() {
    for cell in cells { cell.memory.deallocate() }
    cells.deallocate()
  }

  /// Chooses how fields of a column are parsed; columns are numbered from 0 without gaps.
  func setRole(_ index: Int, _ cell: CSVTable.Cell) {
    if index == cells.count { grow() }
    switch cell {
    case .identifier: cells[index].role = .identifier
    case .value(let column):
      switch column.kind {
      case .integers where column.width == 1: cells[index].role = .integer
      case .reals where column.width == 1: cells[index].role = .real
      default: cells[index].role = .other
      }
    case .skipped: cells[index].role = .other
    }
  }

  private func grow() {
    let larger = UnsafeMutableBufferPointer<Cell>.allocate(capacity: cells.count + 1)
    for (index, cell) in cells.enumerated() { larger.initializeElement(at: index, to: cell) }
    larger.initializeElement(
      at: cells.count,
      to: Cell(
        role: .other,
        memory: .allocate(byteCount: Self.rowCount * MemoryLayout<Int64>.stride, alignment: 64)))
    cells.deallocate()
    cells = larger
  }

  /// Hands the first `count` fields of a column to it.
  func flush(_ index: Int, _ cell: CSVTable.Cell, _ count: Int) {
    if count == 0 { return }
    let staged = cells[index]
    switch (cell, staged.role) {
    case (.identifier(let column), _):
      column.append(UnsafeBufferPointer(start: staged.identifiers, count: count))
    case (.value(let column), .integer):
      column.append(integers: UnsafeBufferPointer(start: staged.integers, count: count))
    case (.value(let column), .real):
      column.append(reals: UnsafeBufferPointer(start: staged.reals, count: count))
    case (.value, _), (.skipped, _): break
    }
  }
}
