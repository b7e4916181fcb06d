import OutcropCore
import OutcropDatasets
import OutcropGraph

/// Eight Laplacian eigenvectors of every graph of a data set.
func measureEigen(_ workload: Workload, _ effort: Effort) throws -> [Measurement] {
  let dataset = try workload.wholeDataset()
  let count = dataset.train.count + dataset.validation.count + dataset.test.count
  return sideBySide(
    .eigen, "Laplacian eigenvectors of \(count) graphs", effort.atMost(5), Cost(),
    [(outcropWay, { _ = try? dataset.addingLaplacianEncoding(columns: 8) })])
}
