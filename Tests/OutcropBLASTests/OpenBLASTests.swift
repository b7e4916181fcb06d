import CKernels
import Foundation
import OutcropBLAS
import Testing

extension BLASTests {
  @Suite struct OpenBLASTests {
    @Test(arguments: [
      "OpenBLAS 0.3.30 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Zen MAX_THREADS=64",
      "OpenBLAS 0.3.30.dev DYNAMIC_ARCH Haswell",
      "OpenBLAS 0.3.30",
    ])
    func releaseWithWrongResults(_ configuration: String) throws {
      let warning = try #require(OpenBLAS.warning(configuration: configuration))
      #expect(warning.contains("0.3.30 is known to give wrong results"))
      #expect(warning.contains("OUTCROP_NUM_THREADS=1"))
    }

    /// OpenBLAS 0.3.21 chooses SSE3 kernels for processors that are newer than itself.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil))
    func kernelsSuitTheProcessor() {
      let older = ["Prescott", "Core2", "Nehalem", "Sandybridge"]
      if String(cString: oc_kernels_float().pointee.instruction_set) != "baseline" {
        #expect(!older.contains(OpenBLAS.coreName))
      }
      #expect(OpenBLAS.replacedCoreName != OpenBLAS.coreName)
      // The variable is for OpenBLAS alone, not for the processes that this one starts.
      #expect(getenv("OPENBLAS_CORETYPE") == nil)
    }

    @Test(arguments: [
      "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Cooperlake MAX_THREADS=64",
      "OpenBLAS 0.3.3 Haswell", "OpenBLAS 0.3.300 Haswell", "OpenBLAS 0.3.31 Haswell",
      "OpenBLAS", "BLIS 0.3.30", "",
    ])
    func otherReleases(_ configuration: String) {
      #expect(OpenBLAS.warning(configuration: configuration) == nil)
    }
  }
}
