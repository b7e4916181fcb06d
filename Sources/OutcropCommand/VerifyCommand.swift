import ArgumentParser
import Foundation
import Outcrop

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compare models with results of PyTorch.",
    discussion: """
      Each file contains a model's parameters, its inputs and the results of PyTorch. The command \
      builds the model, repeats the computation and compares every stored quantity. Each quantity has \
      one line with the largest difference, that difference divided by the quantity's largest \
      magnitude, and the tolerance. The exit status is 1 if a difference exceeds its tolerance.

      FORMAT OF A FILE (safetensors; all results are optional)
        metadata         model: "GT"; config: the published net_params as JSON
        <parameters>     the state dict, names unchanged
        graph/num_nodes  [graphs] nodes of each graph
        graph/src, dst   [edges] node indices, counted through the batch
        graph/node_feat  [nodes] types; graph/edge_feat [edges] types
        graph/labels     [graphs, targets]
        out/eval         scores in evaluation mode
        act/e/<layer>    [edges, width] attention scores
        act/h/<layer>    [nodes, width] attention's sums
        out/train        scores in training mode, dropout 0
        out/loss         mean absolute error of out/train
        grad/<name>      gradients of that loss
        bn_after/<name>  running statistics after that pass
        steps5/losses    [5] losses of five Adam steps; metadata
                         optimizer: "Adam lr=7e-4"
        after5/<name>    parameters and statistics after them
      In PyTorch:
        from safetensors.torch import save_file
        save_file({**model.state_dict(), "graph/src": src, "out/eval": y},
          "case.safetensors", {"model": "GT", "config": json.dumps(cfg)})

      A file of arrays NAME and NAME/batch_offsets needs a JSON file of the same name in the same \
      folder, with whose ratio statistics it is compared.

      A file of trained checkpoints has NAME/<parameters>, NAME/out/test and NAME/act/e/<layer>. Its \
      models are run on the test graphs of the data set named in its metadata.

      EXAMPLES
        outcrop verify case.safetensors
        outcrop verify golden/*.safetensors --quiet
        outcrop verify golden/gt_zinc_small.safetensors --double
        outcrop verify golden/gt_zinc_trained.safetensors --data-dir ../data
      """)

  @Argument(help: ArgumentHelp("Files to verify.", valueName: "file"))
  var files: [String]

  @Flag(
    help: "Compute in double precision, and compare values stored in float64 within 1e-9.")
  var double = false

  @Flag(name: .shortAndLong, help: "Print only failures and one line for each file.")
  var quiet = false

  @Option(
    name: .customLong("data-dir"),
    help: ArgumentHelp(
      "The folder with the data sets of trained checkpoints. By default the folder `data` next to the "
        + "file's folder, then the folders that `outcrop doctor` lists.", valueName: "dir"))
  var dataFolder: String?

  func run() throws {
    var (failed, unusable, skipped) = ([String](), [String](), [String]())
    for path in files {
      do {
        guard let (file, comparisons, leftOut) = try compare(path) else {
          skipped.append(path)
          continue
        }
        if comparisons.isEmpty {
          throw InputError(
            .missing, file: path, found: "nothing to compare", expected: "",
            hint: "expected results such as out/eval; `outcrop verify --help` lists them")
        }
        let table = VerificationTable(
          file, comparisons, leftOut: leftOut, isDouble: double)
        for line in table.lines(quiet: quiet) { print(line) }
        print("\(path): \(table.verdict)")
        if comparisons.contains(where: { !$0.passes }) { failed.append(path) }
      } catch {
        // An unusable file does not stop the verification of the others.
        Console.note(CommandEnding.failure(error))
        unusable.append(path)
      }
      // Shows each result at once, also through a pipe.
      fflush(nil)
    }
    try conclude(failed: failed, unusable: unusable, skipped: skipped)
  }

  private func conclude(failed: [String], unusable: [String], skipped: [String]) throws {
    if !failed.isEmpty {
      throw CommandError(
        "beyond tolerance: " + failed.joined(separator: ", "),
        hint: double
          ? "a difference in double precision is not a rounding error: the computations differ"
          : "--double shows whether this is a rounding error or a different computation")
    }
    if !unusable.isEmpty {
      if files.count == 1 { throw ExitCode.failure }
      throw CommandError(
        "not verified: " + unusable.joined(separator: ", "),
        hint: "`outcrop verify --help` describes the format of a file")
    }
    if skipped.count == files.count {
      throw CommandError(
        "nothing was verified", hint: "give the folder of the data sets with --data-dir DIR")
    }
  }

  /// All comparisons of a file and the names of stored statistics that were not compared, or nil if the data set
  /// that the file needs is missing.
  private func compare(_ path: String) throws -> (SafetensorsFile, [Comparison], [String])? {
    let file = try SafetensorsFile(path: path)
    if let statistics = try StatisticsVerification(file) {
      let (comparisons, leftOut) = try statistics.run()
      return (file, comparisons, leftOut)
    }
    guard let checkpoints = Verification.TrainedCheckpoints(file) else {
      let comparisons =
        double ? try Verification.run(file, Double.self) : try Verification.run(file, Float.self)
      return (file, comparisons, [])
    }
    guard let folder = try testData(of: checkpoints, path) else { return nil }
    // If the data set has several label files, use the one that the reference programs used, with the widely
    // copied constants.
    let graphs =
      try
      (try? GraphDataset.read(
        from: folder, options: .init(targetFile: "graph_attributes_gcpn")))?.test
      ?? TUDataset.read(folder).test
    if double {
      let statistics = Verification.TrainedCheckpoints.statistics(of: path)
      let isThere = FileManager.default.fileExists(atPath: statistics)
      return (
        file, try checkpoints.compare(on: graphs, Double.self), isThere ? [statistics] : []
      )
    }
    let (comparisons, leftOut) = try checkpoints.compareStatistics(on: graphs, file: path)
    return (file, try checkpoints.compare(on: graphs, Float.self) + comparisons, leftOut)
  }

  /// The folder of the data set to which the trained checkpoints belong. Prints a note if it is missing.
  private func testData(
    of checkpoints: Verification.TrainedCheckpoints, _ path: String
  ) throws -> String? {
    let name = checkpoints.datasetName
    if name.isEmpty {
      throw InputError(
        .missing, file: path, found: "trained checkpoints of an unknown data set", expected: "",
        hint: "add its name to the file's metadata as `dataset`")
    }
    if let dataFolder {
      if let folder = DataFolders.find(name, in: [dataFolder]) { return folder }
      throw InputError(
        .missing, file: dataFolder, found: "no data set `\(name)`", expected: "",
        hint: "\(path) needs its test graphs: expected a folder \(dataFolder)/\(name)")
    }
    let beside = URL(fileURLWithPath: path).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("data").path
    if let folder = try DataFolders.find(name, in: [beside] + DataFolders.usual()) { return folder }
    print(
      "\(path): skipped: trained checkpoints (\(checkpoints.names.joined(separator: ", "))) need "
        + "the test graphs of \(name); give their folder with --data-dir DIR")
    return nil
  }
}
