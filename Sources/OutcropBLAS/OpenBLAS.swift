import COpenBLAS

/// Properties of the system's OpenBLAS.
public enum OpenBLAS {
  /// Turns off OpenBLAS's threads: this library distributes the work itself (`ThreadPool`).
  static let prepare: Void = openblas_set_num_threads(1)

  /// The processor family whose kernels OpenBLAS chose, such as `SkylakeX`.
  public static let coreName = String(cString: openblas_get_corename())

  /// OpenBLAS's description of its build: version and options.
  public static let configuration = String(cString: openblas_get_config())

  /// Whether OpenBLAS has kernels that multiply small matrices without copying them first: on
  /// processors with AVX-512, for up to a million multiply-adds.
  static let hasSmallKernels = ["SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS"]
    .contains(coreName.uppercased())
}
