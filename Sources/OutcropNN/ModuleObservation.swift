import OutcropTensor

/// Receives the outputs of modules while a pass runs on the current task.
package protocol ModuleObserver: AnyObject, Sendable {
  /// The module with the weight `weight` returned `output`.
  func observe<Scalar>(_ output: Tensor<Scalar>, of weight: Parameter<Scalar>)
}

/// Where modules announce their outputs.
package enum ModuleObservation {
  /// The observer of the pass that runs on this task; nil when nothing is observed.
  @TaskLocal package static var current: (any ModuleObserver)?

  /// Tells the current observer that the module with the weight `weight` returned `output`.
  package static func announce<Scalar>(_ weight: Parameter<Scalar>, _ output: Tensor<Scalar>) {
    current?.observe(output, of: weight)
  }
}
