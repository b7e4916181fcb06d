import OutcropCore

extension DenseMatrix where Scalar: BLASScalar {
  /// A copy of the matrix that a view describes.
  public init(_ view: MatrixView<Scalar>) {
    self.init(unsafeUninitialized: view.rows, view.columns) { copy(view, to: $0) }
  }

  /// A matrix whose elements `initialize` sets; those that it does not set are 0.
  init<Failure: Error>(
    unsafeUninitialized rows: Int, _ columns: Int,
    initializingWith initialize: (MutableMatrixView<Scalar>) throws(Failure) -> Void
  ) throws(Failure) {
    self.init(zeros: rows, columns)
    try withMutableView(initialize)
  }

  /// A matrix of zeros.
  public init(zeros rows: Int, _ columns: Int) {
    self.init([Scalar](repeating: 0, count: rows * columns), rows: rows, columns: columns)
  }

  /// The identity matrix [`size`, `size`].
  public static func identity(_ size: Int) -> DenseMatrix {
    DenseMatrix(diagonal: [Scalar](repeating: 1, count: size))
  }

  /// A square matrix with the given diagonal and zeros elsewhere.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(diagonal: [Scalar]) {
    let size = diagonal.count
    self.init(zeros: size, size)
    for index in 0..<size { elements[index * (size + 1)] = diagonal[index] }
  }

  /// A matrix with the given rows. Traps unless they have equal lengths.
  public init(rows: [[Scalar]]) {
    let columns = rows.first?.count ?? 0
    require(
      rows.allSatisfy { $0.count == columns },
      "DenseMatrix: rows of \(rows.map(\.count)) elements; expected equal lengths")
    self.init(rows.flatMap { $0 }, rows: rows.count, columns: columns)
  }

  /// Calls `body` with a view for writing that is valid only during the call.
  public mutating func withMutableView<Result, Failure: Error>(
    _ body: (MutableMatrixView<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let (rows, columns) = (rows, columns)
    if elements.isEmpty {
      let nothing = UnsafeMutablePointer<Scalar>.allocate(capacity: 1)
      defer { nothing.deallocate() }
      return try body(MutableMatrixView(nothing, rows: rows, columns: columns))
    }
    return try elements.withUnsafeMutableBufferPointer { (buffer) throws(Failure) in
      try body(MutableMatrixView(buffer.baseAddress!, rows: rows, columns: columns))
    }
  }

  /// The shape as text for messages.
  var shape: String { "[\(rows), \(columns)]" }

  /// The transpose, as a copy.
  public func transposed() -> DenseMatrix {
    withView { view in
      DenseMatrix(unsafeUninitialized: columns, rows) {
        copyTransposed(view, to: $0.base, stride: $0.rowStride)
      }
    }
  }

  /// The matrix product of [m, k] and [k, n], on all threads.
  public static func * (a: DenseMatrix, b: DenseMatrix) -> DenseMatrix {
    a.product(.plain, b, .plain)
  }

  /// The product of a matrix [m, k] and a vector [k].
  public static func * (a: DenseMatrix, x: [Scalar]) -> [Scalar] {
    (a * DenseMatrix(x, rows: x.count, columns: 1)).elements
  }

  /// op(A) op(B), where A is this matrix and B is `other`, without a copy of transposed factors.
  public func product(
    _ transposition: Transposition, _ other: DenseMatrix,
    _ otherTransposition: Transposition = .plain
  ) -> DenseMatrix {
    let height = transposition == .plain ? rows : columns
    let width = otherTransposition == .plain ? other.columns : other.rows
    return withView { a in
      other.withView { b in
        DenseMatrix(unsafeUninitialized: height, width) {
          matrixMultiply(a, transposition, b, otherTransposition, into: $0)
        }
      }
    }
  }

  /// The element-wise sum of matrices of the same shape.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public static func + (a: DenseMatrix, b: DenseMatrix) -> DenseMatrix {
    combine("+", a, b) { $0 + $1 }
  }

  /// The element-wise difference of matrices of the same shape.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public static func - (a: DenseMatrix, b: DenseMatrix) -> DenseMatrix {
    combine("-", a, b) { $0 - $1 }
  }

  /// Every element multiplied by a number.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public static func * (factor: Scalar, a: DenseMatrix) -> DenseMatrix {
    DenseMatrix(a.elements.map { factor * $0 }, rows: a.rows, columns: a.columns)
  }

  private static func combine(
    _ name: String, _ a: DenseMatrix, _ b: DenseMatrix, _ body: (Scalar, Scalar) -> Scalar
  ) -> DenseMatrix {
    require(
      a.rows == b.rows && a.columns == b.columns,
      "\(name): matrices \(a.shape) and \(b.shape); expected the same shape")
    return DenseMatrix(
      zip(a.elements, b.elements).map(body), rows: a.rows, columns: a.columns)
  }
}
