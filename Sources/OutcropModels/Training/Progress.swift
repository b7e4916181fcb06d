import Foundation

/// The losses, metric and costs of one epoch of training.
public struct EpochRecord: Codable, Sendable, Equatable {
  /// The epoch's number, from 1.
  public var epoch: Int
  /// The learning rate that the epoch used.
  public var learningRate: Double
  /// The mean of the steps' losses over the training set's labels: a batch counts by the number of its
  /// labels.
  public var trainLoss: Double
  /// The mean loss over the validation set's labels after the epoch; nil if it has no labels.
  public var validationLoss: Double?
  /// The task's metric on the validation set: mean absolute error, ROC-AUC or accuracy; nil if it is
  /// undefined.
  public var validationMetric: Double?
  /// Wall time of the epoch in seconds, validation included.
  public var seconds: Double
  /// The number of optimizer steps of the epoch; nil in older checkpoints.
  public var steps: Int?
  /// The wall time of these steps in seconds, without validation; nil in older checkpoints.
  public var stepSeconds: Double?
  /// The process's largest resident size so far, in MiB.
  public var peakMemoryMB: Double?
}

/// Receives reports of a training run.
public protocol TrainingProgress: AnyObject {
  /// A run of `epochs` epochs starts, of which `done` are finished.
  func begin(done: Int, epochs: Int)
  /// The epoch has finished `done` of its `count` batches.
  func batch(_ done: Int, of count: Int, epoch: Int)
  /// An epoch is finished; `metric` is the name of its metric.
  func epoch(_ record: EpochRecord, metric: String)
}

/// Progress on standard error: a bar on a terminal, one line per epoch elsewhere.
public final class ConsoleProgress: TrainingProgress {
  private let isTerminal = isatty(2) == 1
  private let title: String
  private var epochs = 0
  private var shown = Date.distantPast

  /// Progress whose lines all begin with `title`, the name of what is trained.
  public init(title: String) { self.title = title }

  public func begin(done: Int, epochs: Int) {
    self.epochs = epochs
    if done > 0 { write("\(title): continuing after epoch \(done) of \(epochs)\n") }
  }

  public func batch(_ done: Int, of count: Int, epoch: Int) {
    guard isTerminal, -shown.timeIntervalSinceNow > 0.1 || done == count else { return }
    shown = Date()
    let width = 30
    let filled = count == 0 ? width : done * width / count
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    write("\r\(title): epoch \(epoch)/\(epochs) \(bar) \(done)/\(count)\u{1B}[K")
  }

  public func epoch(_ record: EpochRecord, metric: String) {
    func number(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }
    let memory = record.peakMemoryMB.map { String(format: ", peak %.0f MB", $0) } ?? ""
    let line =
      "epoch \(record.epoch)/\(epochs)  train loss \(number(record.trainLoss))  "
      + "validation loss \(number(record.validationLoss))  "
      + "\(metric) \(number(record.validationMetric))  "
      + String(format: "lr %.3g  %.2f s", record.learningRate, record.seconds) + memory
    write((isTerminal ? "\r\u{1B}[K" : "") + "\(title): \(line)\n")
  }

  private func write(_ text: String) {
    // A full or closed standard error must not end the training; the lines are lost.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
