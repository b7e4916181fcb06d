import OutcropTensor

/// The differentiable operations of this module, one case for each gradient rule.
public enum ModelOperation: String, DifferentiableOperation {
  case edgeAttention
  case fusedFeedForward
}
