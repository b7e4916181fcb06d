import OutcropCore
import OutcropDatasets

/// The benchmarks to run.
package struct Bench: Sendable {
  package var families = Set(BenchFamily.allCases)
  package var models = BenchModel.allCases
  /// A data set in TUDataset text; nil for synthetic molecules.
  package var folder: String?
  package var graphsPerBatch = 128
  package var effort = Effort()

  package init() {}

  /// Runs the benchmarks. `progress` is called with the name of each family before it starts.
  package func run(_ progress: (String) -> Void) throws -> BenchReport {
    effort.budget?.begin(run: families)
    let workload = try Workload(folder: folder, graphsPerBatch: graphsPerBatch)
    var report = BenchReport(workload)
    // The first benchmark, because later ones leave memory in the pool.
    if families.contains(.memory) {
      progress("memory")
      effort.budget?.begin([.memory])
      report.memory = .measured(
        workload, steps: 50 * effort.runs, seconds: effort.budget?.secondsForOne)
    }
    progress("the machine's limits")
    report.limits = .measured()
    if !families.isDisjoint(with: [.step, .evaluation]) {
      effort.budget?.begin([.step, .evaluation])
      for model in models {
        progress("\(model.rawValue)")
        report.measurements += model.measure(families, workload, effort)
      }
    }
    let kernels: [(BenchFamily, () throws -> [Measurement])] = [
      (.products, { measureProducts(workload, effort) }),
      (.batched, { measureBatched(effort) }),
      (.attention, { measureAttention(workload, effort) }),
      (.dense, { measureDense(effort) }),
      (.lengths, { measureLengths(effort) }),
      (.eigen, { try measureEigen(workload, effort) }),
      (.operations, { try measureOperations(effort) }),
      (.algebra, { try measureLinearAlgebra(effort) }),
      (.modules, { measureModules(effort) }),
      (.scale, { measureScale(effort) }),
    ]
    for (family, measure) in kernels where families.contains(family) {
      progress(family.rawValue)
      effort.budget?.begin([family])
      report.measurements += try measure()
    }
    report.leftOut = effort.budget?.leftOut
    report.peakMemoryMB = ProcessMemory.peakBytes.map { Double($0) / 1e6 }
    return report
  }
}
