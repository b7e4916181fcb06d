import Foundation
import OutcropTensor

/// The models that can be built by name.
public enum ModelCatalog {
  public static let names = ["GT"]

  /// Builds the model `name` from its published fields, with random parameters.
  public static func make<Scalar: TensorScalar>(
    _ name: String, _ fields: ConfigurationFields, seed: UInt64, _: Scalar.Type = Scalar.self
  ) throws -> any GraphModel<Scalar> {
    switch name {
    case "GT": GraphTransformer<Scalar>(try GraphTransformerConfiguration(fields), seed: seed)
    default:
      throw ConfigurationError(
        source: fields.source, field: "model", found: "\"\(name)\"",
        expected: "one of \(names.joined(separator: ", "))")
    }
  }
}
