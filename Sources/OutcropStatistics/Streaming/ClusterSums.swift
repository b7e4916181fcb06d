/// Sums over graphs (batches) of per-graph counts and their products, from which a share of massive
/// rows gets an interval that treats graphs, not rows, as independent.
///
/// For graph g: b rows, a of them massive; b_t rows of one type, a_t of them massive. All exact.
public struct ClusterSums: Sendable, Equatable, Codable {
  /// Graphs counted.
  public internal(set) var graphs = 0
  /// Σ b
  public internal(set) var rows = ExactInteger()
  /// Σ a
  public internal(set) var massive = ExactInteger()
  /// Σ b²
  public internal(set) var rowsRows = ExactInteger()
  /// Σ a b
  public internal(set) var massiveRows = ExactInteger()
  /// Σ a²
  public internal(set) var massiveMassive = ExactInteger()

  init() {}

  mutating func add(rows b: Int, massive a: Int) {
    let (b, a) = (Int128(b), Int128(a))
    graphs += 1
    rows.value += b
    massive.value += a
    rowsRows.value += b * b
    massiveRows.value += a * b
    massiveMassive.value += a * a
  }

  mutating func merge(_ other: Self) {
    graphs += other.graphs
    rows += other.rows
    massive += other.massive
    rowsRows += other.rowsRows
    massiveRows += other.massiveRows
    massiveMassive += other.massiveMassive
  }
}

/// The sums of `ClusterSums` that one type takes part in; graphs without the type add nothing.
public struct TypeClusterSums: Sendable, Equatable, Codable {
  /// Σ b_t
  public internal(set) var typeRows = ExactInteger()
  /// Σ a_t
  public internal(set) var typeMassive = ExactInteger()
  /// Σ b_t²
  public internal(set) var typeRowsTypeRows = ExactInteger()
  /// Σ b_t b
  public internal(set) var typeRowsRows = ExactInteger()
  /// Σ b_t a_t
  public internal(set) var typeRowsTypeMassive = ExactInteger()
  /// Σ b_t a
  public internal(set) var typeRowsMassive = ExactInteger()
  /// Σ a_t²
  public internal(set) var typeMassiveTypeMassive = ExactInteger()
  /// Σ a_t a
  public internal(set) var typeMassiveMassive = ExactInteger()
  /// Σ a_t b
  public internal(set) var typeMassiveRows = ExactInteger()

  init() {}

  mutating func add(rows b: Int, massive a: Int, typeRows bt: Int, typeMassive at: Int) {
    let (b, a, bt, at) = (Int128(b), Int128(a), Int128(bt), Int128(at))
    typeRows.value += bt
    typeMassive.value += at
    typeRowsTypeRows.value += bt * bt
    typeRowsRows.value += bt * b
    typeRowsTypeMassive.value += bt * at
    typeRowsMassive.value += bt * a
    typeMassiveTypeMassive.value += at * at
    typeMassiveMassive.value += at * a
    typeMassiveRows.value += at * b
  }

  mutating func merge(_ other: Self) {
    typeRows += other.typeRows
    typeMassive += other.typeMassive
    typeRowsTypeRows += other.typeRowsTypeRows
    typeRowsRows += other.typeRowsRows
    typeRowsTypeMassive += other.typeRowsTypeMassive
    typeRowsMassive += other.typeRowsMassive
    typeMassiveTypeMassive += other.typeMassiveTypeMassive
    typeMassiveMassive += other.typeMassiveMassive
    typeMassiveRows += other.typeMassiveRows
  }
}
