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

/// An estimate of how long several training runs with the same number of epochs still take.
public final class RemainingTime {
  /// Runs that have not begun.
  private var runs: Int
  private var epochs = 0
  /// The times of the latest epochs, in seconds.
  private var seconds: [Double] = []

  /// - Parameter runs: the number of training runs.
  public init(runs: Int) { self.runs = runs }

  /// The next run begins, with `epochs` epochs.
  public func begin(epochs: Int) {
    self.epochs = epochs
    runs = max(0, runs - 1)
  }

  /// The seconds that are left after an epoch, if the others take as long as the latest ten on average.
  public func after(_ record: EpochRecord) -> Double {
    seconds = (seconds + [record.seconds]).suffix(10)
    let mean = seconds.reduce(0, +) / Double(seconds.count)
    return mean * Double(max(0, epochs - record.epoch) + runs * epochs)
  }
}

/// Progress on standard error: one line that changes on a terminal, one line per epoch elsewhere.
public final class ConsoleProgress: TrainingProgress {
  private let isTerminal = isatty(2) == 1
  private let title: String
  private let remaining: RemainingTime?
  private var epochs = 0
  private var shown = Date.distantPast
  /// What the latest epoch showed.
  private var latest = ""
  private var hasOpenLine = false

  /// - Parameters:
  ///   - title: what is trained; stands in front of every line.
  ///   - remaining: estimates the time that this and further runs take.
  public init(title: String, remaining: RemainingTime? = nil) {
    self.title = title
    self.remaining = remaining
  }

  deinit { if hasOpenLine { write("\n") } }

  public func begin(done: Int, epochs: Int) {
    self.epochs = epochs
    remaining?.begin(epochs: epochs)
    if done > 0 { write("\(title): continuing after epoch \(done) of \(epochs)\n") }
  }

  public func batch(_ done: Int, of count: Int, epoch: Int) {
    guard isTerminal, -shown.timeIntervalSinceNow > 0.1 else { return }
    shown = Date()
    let width = 24
    let part = count == 0 ? 1 : Double(done) / Double(count)
    let filled = Int((Double(epoch - 1) + part) / Double(max(1, epochs)) * Double(width))
    let bar =
      String(repeating: "█", count: min(width, filled))
      + String(repeating: "·", count: max(0, width - filled))
    write("\r\(title): epoch \(epoch)/\(epochs) \(bar)\(latest)\u{1B}[K")
    hasOpenLine = true
  }

  public func epoch(_ record: EpochRecord, metric: String) {
    func number(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }
    let time = remaining.map { Self.time($0.after(record)) }
    let left = time.map { $0.isEmpty ? "" : "  \($0) left" } ?? ""
    if isTerminal {
      latest = "  \(metric) \(number(record.validationMetric))\(left)"
      guard record.epoch == epochs else { return }
      write("\r\(title): \(epochs) epochs, validation \(metric) ")
      write("\(number(record.validationMetric))\u{1B}[K\n")
      hasOpenLine = false
      return
    }
    let memory = record.peakMemoryMB.map { String(format: ", peak %.0f MB", $0) } ?? ""
    let line =
      "epoch \(record.epoch)/\(epochs)  train loss \(number(record.trainLoss))  "
      + "validation loss \(number(record.validationLoss))  "
      + "\(metric) \(number(record.validationMetric))  "
      + String(format: "lr %.3g  %.2f s", record.learningRate, record.seconds) + memory
    write("\(title): \(line)\(left)\n")
  }

  /// `40 s`, `3 min`, `2 h 5 min`; empty for less than a second.
  private static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 1 else { return "" }
    if seconds < 90 { return "\(Int(seconds.rounded())) s" }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }

  private func write(_ text: String) {
    // A full or closed standard error must not end the training; the lines are lost.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
