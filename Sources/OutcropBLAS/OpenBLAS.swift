import CKernels
import COpenBLAS

/// Properties of the system's OpenBLAS.
public enum OpenBLAS {
  /// Turns off OpenBLAS's threads: this library distributes the work itself (`ThreadPool`).
  static let prepare: Void = {
    openblas_set_num_threads(1)
    takeBuffers()
  }()

  /// The processor family whose kernels OpenBLAS chose, such as `SkylakeX`.
  public static let coreName = String(cString: openblas_get_corename())

  /// The kernels that OpenBLAS itself chose, such as `Prescott`, where this package replaced them before the
  /// program's start: releases that are older than the processor do not know it, and choose kernels that are
  /// several times slower. nil where OpenBLAS's choice, or that of OPENBLAS_CORETYPE, was kept.
  public static let replacedCoreName = oc_openblas_own_choice().map { String(cString: $0) }

  /// OpenBLAS's description of its build: version and options.
  public static let configuration = String(cString: openblas_get_config())

  /// A warning with advice if the release that `configuration` names is known to give wrong results;
  /// nil for all others.
  public static func warning(configuration: String = configuration) -> String? {
    let words = configuration.split(separator: " ")
    guard words.count > 1, words[0] == "OpenBLAS",
      words[1].split(separator: ".").prefix(3) == ["0", "3", "30"]
    else { return nil }
    return "OpenBLAS 0.3.30 is known to give wrong results with several threads: install 0.3.29 or "
      + "a release after 0.3.30, or set OUTCROP_NUM_THREADS=1"
  }

  /// Whether OpenBLAS has kernels that multiply small matrices without copying them first: on
  /// processors with AVX-512, for up to a million multiply-adds.
  static let hasSmallKernels = ["SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS"]
    .contains(coreName.uppercased())
}
