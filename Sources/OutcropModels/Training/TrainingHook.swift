import OutcropCore

/// Acts between the epochs of a training run, and receives activations on request.
public protocol TrainingHook: AnyObject {
  /// The observers of step `step` (from 0) of an epoch; observing costs time.
  func observers(step: Int) -> [any ActivationObserver]
  /// The steps of an epoch are done. Over several ranks the observers of each have seen that rank's shards alone:
  /// here a hook merges what it needs of all of them.
  func merge(over communicator: any Communicator) throws
  /// Epoch `number` (from 1) starts.
  func epochBegins(_ number: Int)
  /// An epoch and its validation are done; the checkpoint is written afterward.
  func epochEnded(_ record: EpochRecord) throws
}

extension TrainingHook {
  public func observers(step: Int) -> [any ActivationObserver] { [] }
  public func merge(over communicator: any Communicator) throws {}
  public func epochBegins(_ number: Int) {}
  public func epochEnded(_ record: EpochRecord) throws {}
}
