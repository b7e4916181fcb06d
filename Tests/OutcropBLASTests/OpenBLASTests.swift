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
