/// Acts between the epochs of a training run, and receives activations on request.
public protocol TrainingHook: AnyObject {
  /// The observers of step `step` (from 0) of an epoch; observing costs time.
  func observers(step: Int) -> [any ActivationObserver]
  /// Epoch `number` (from 1) starts.
  func epochBegins(_ number: Int)
  /// An epoch and its validation are done; the checkpoint is written afterward.
  func epochEnded(_ record: EpochRecord) throws
}

extension TrainingHook {
  public func observers(step: Int) -> [any ActivationObserver] { [] }
  public func epochBegins(_ number: Int) {}
  public func epochEnded(_ record: EpochRecord) throws {}
}
