import Foundation
import Outcrop

/// A test of a library or function of the system that the program needs.
struct HealthCheck: Sendable {
  /// The result of a failed test, with advice.
  struct Failure: Error, Hashable {
    let found: String
    let advice: String
  }

  let name: String
  private let body: @Sendable () throws -> String

  private init(_ name: String, _ body: @escaping @Sendable () throws -> String) {
    self.name = name
    self.body = body
  }

  /// Runs the test. Returns a description of the result.
  func run() -> Result<String, Failure> {
    do {
      return .success(try body())
    } catch let failure as Failure {
      return .failure(failure)
    } catch {
      return .failure(Failure(found: "\(error)", advice: Self.installAdvice))
    }
  }

  static let all = [product, eigenproblem, gzip]

  private static let installAdvice =
    "reinstall OpenBLAS, LAPACKE and zlib: apt-get install --reinstall libopenblas-dev liblapacke-dev "
    + "zlib1g-dev"

  /// A product of small integers, whose sums are exact.
  private static let product = HealthCheck("matrix product") {
    let n = 96
    let a = (0..<n * n).map { Double($0 % 13 - 6) }
    let b = (0..<n * n).map { Double($0 % 11 - 5) }
    let result = Tensor(a, shape: [n, n]).matrixProduct(Tensor(b, shape: [n, n])).values
    for row in 0..<n {
      for column in 0..<n {
        let exact = (0..<n).reduce(0.0) { $0 + a[row * n + $1] * b[$1 * n + column] }
        if result[row * n + column] != exact {
          throw Failure(
            found: "[\(row), \(column)] is \(result[row * n + column]), expected \(exact)",
            advice: "OpenBLAS may have chosen kernels that this processor cannot run: set "
              + "OPENBLAS_CORETYPE=Haswell, or install another version")
        }
      }
    }
    return "\(n) x \(n), exact"
  }

  /// The second-difference matrix, whose eigenvalues are 2 − 2 cos(π k / (n + 1)).
  private static let eigenproblem = HealthCheck("LAPACK") {
    let n = 24
    var matrix = DenseMatrix<Double>(
      [Double](repeating: 0, count: n * n), rows: n, columns: n)
    for row in 0..<n {
      matrix[row, row] = 2
      if row > 0 { (matrix[row, row - 1], matrix[row - 1, row]) = (-1, -1) }
    }
    let values = try matrix.withView { try symmetricEigen($0).values }
    let error = values.enumerated().map { index, value in
      (value - (2 - 2 * cos(Double.pi * Double(index + 1) / Double(n + 1)))).magnitude
    }.max()!
    guard error < 1e-13 else {
      throw Failure(found: "eigenvalues are off by \(error)", advice: installAdvice)
    }
    return "eigenvalues of \(n) x \(n), off by \(String(format: "%.1e", error)) at most"
  }

  /// A data set of three one-node graphs whose indicator is compressed.
  private static let gzip = HealthCheck("gzip") {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("outcrop-\(UUID().uuidString)")
    do {
      defer { try? FileManager.default.removeItem(at: folder) }
      try SystemFiles.createFolder(folder.path)
      // "1\n2\n3\n"
      let compressed = Data(base64Encoded: "H4sIAAAAAAAAAzPkMuIy5gIA2FRfdwYAAAA=")!
      for (name, content) in [
        ("A.txt", Data("\n".utf8)), ("graph_indicator.txt.gz", compressed),
        ("graph_attributes.txt", Data("0\n0\n0\n".utf8)),
      ] {
        try AtomicFile.write(content, to: folder.appendingPathComponent("T_\(name)").path)
      }
      let dataset = try TUDataset.read(folder.path)
      return "\(dataset.train.count + dataset.validation.count + dataset.test.count) graphs read"
    } catch let error as InputError where error.kind == .system {
      throw Failure(
        found: "\(error)",
        advice: "make the temporary folder writable, or name another one in TMPDIR")
    }
  }
}
