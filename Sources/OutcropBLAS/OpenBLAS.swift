import COpenBLAS

/// Facts about the system's OpenBLAS.
public enum OpenBLAS {
  /// OpenBLAS's own threads stay off: this library cuts the work itself (`ThreadPool`).
  static let prepare: Void = openblas_set_num_threads(1)

  /// The processor family whose kernels OpenBLAS chose, such as `SkylakeX`.
  public static let coreName = String(cString: openblas_get_corename())

  /// OpenBLAS's build line: version and options.
  public static let configuration = String(cString: openblas_get_config())

  /// Whether OpenBLAS multiplies small matrices without copying them first. It has such kernels for
  /// processors with AVX-512 and uses them for up to a million multiply-adds.
  static let hasSmallKernels = ["SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS"]
    .contains(coreName.uppercased())
}
