import ArgumentParser
import Foundation
import Outcrop

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the edge scores of a checkpoint as CSV, and drawings as SVG.",
    discussion: """
      For other programs. Writes edges.csv, a line for each directed edge of the split: the graph's number, \
      the numbers of its source and destination node within the graph, its type, its largest ratio by each \
      median (over all layers, and of each layer), and betweenness, type entropy, endpoint degree and \
      curvature. Writes to `drawings` the graphs with the most massive edges, and to `heads` for every layer \
      the share of edges over the threshold by head and channel for each edge type, as in the paper.

      EXAMPLES
        outcrop export outcrop-study/seed-41/trained.safetensors
        outcrop export gt.safetensors --dataset ../data/ZINC --threshold 4000
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "file"))
  var checkpoint: String

  @OptionGroup var data: DatasetOptions

  @Option(help: "The split whose edges are scored.")
  var split = GraphDataset.Split.test

  @OptionGroup var detection: DetectionArguments

  @Option(help: ArgumentHelp("The number of graphs to draw.", valueName: "n"))
  var drawings = 12

  @Option(name: .customLong("batch-size"), help: ArgumentHelp("Graphs in a batch.", valueName: "n"))
  var batchSize = 128

  @Option(help: ArgumentHelp("The folder for the files.", valueName: "dir"))
  var output = "outcrop-export"

  func validate() throws {
    if !(1...1_000_000 ~= batchSize) {
      throw ValidationError("--batch-size: found \(batchSize), expected 1 ... 1000000")
    }
    if !(0...100_000 ~= drawings) {
      throw ValidationError("--drawings: found \(drawings), expected 0 ... 100000")
    }
  }

  func run() throws {
    let file = try SafetensorsFile(path: checkpoint)
    let model: any GraphModel<Float> = try ModelCatalog.load(file)
    guard let dataset = try data.load() as? GraphDataset else {
      throw InputError(
        .unsupported, file: data.dataset, found: "one large graph",
        expected: "a data set of many graphs, whose edges have scores",
        hint: "`outcrop evaluate --activations` writes the activations of large graphs")
    }
    try file.checkTask(dataset.task)
    try run(model, on: dataset)
  }

  private func run(_ model: some GraphModel<Float>, on dataset: GraphDataset) throws {
    let prepared = try dataset.prepared(for: model, splits: [split])
    try prepared.checkExamples(in: [split])
    data.describe(dataset, in: [split])
    try SystemFiles.createFolder(output)
    try Outputs.check("\(output)/edges.csv")
    for name in ["drawings", "heads"] { try ReportFolder("\(output)/\(name)").check() }
    var export = EdgeScoreExport()
    export.threshold = detection.threshold.value
    export.medians = detection.median.median.medians
    (export.drawingCount, export.batchSize) = (drawings, batchSize)
    let content = export.content(of: model, on: prepared, split: split)
    try AtomicFile.write(Data(content.edges.utf8), to: "\(output)/edges.csv")
    let drawn = try ReportFolder("\(output)/drawings").replace(
      with: content.drawings.map { ("graph-\($0.graph).svg", $0.figure.document) })
    let heads = try ReportFolder("\(output)/heads").replace(
      with: content.headMaps.map {
        ("layer-\($0.layer)-\($0.median.rawValue)-median.svg", $0.figure.document)
      })
    let edges = prepared[split].reduce(0) { $0 + $1.edgeCount }
    print("edges     \(edges) in \(output)/edges.csv")
    print("drawings  \(drawn.count) in \(output)/drawings")
    print("heads     \(heads.count) in \(output)/heads")
  }
}
