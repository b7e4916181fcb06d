/// Takes part in a training run between epochs, and sees activations if it wants to.
public protocol TrainingHook: AnyObject {
  /// Who sees the activations of step `step` (from 0) of an epoch; seeing costs time.
  func observers(step: Int) -> [any ActivationObserver]
  /// Epoch `number` (from 1) starts.
  func epochBegins(_ number: Int)
  /// An epoch and its validation are done; the checkpoint is written afterwards.
  func epochEnded(_ record: EpochRecord) throws
}

extension TrainingHook {
  public func observers(step: Int) -> [any ActivationObserver] { [] }
  public func epochBegins(_ number: Int) {}
  public func epochEnded(_ record: EpochRecord) throws {}
}
