import OutcropCore
import OutcropNN
import OutcropTensor

/// The models that can be built by name.
public enum ModelCatalog {
  private static let architectures = Locked<[any ModelArchitecture.Type]>([
    GraphTransformerConfiguration.self, SANConfiguration.self, GraphiTConfiguration.self,
    EGATConfiguration.self,
  ])

  /// The names in the order of registration.
  public static var names: [String] { architectures.withLock { $0.map { $0.name } } }

  /// Registers an architecture by its name, replacing one with the same name.
  public static func register(_ architecture: any ModelArchitecture.Type) {
    architectures.withLock { list in
      list.removeAll { $0.name == architecture.name }
      list.append(architecture)
    }
  }

  /// Reads the configuration of the architecture `name`. Throws `InputError`.
  public static func configuration(
    _ name: String, _ fields: ConfigurationFields
  ) throws -> any ModelArchitecture {
    guard let type = architectures.withLock({ $0.first { $0.name == name } }) else {
      throw InputError(
        file: fields.source, field: "model", found: "\"\(name)\"",
        expected: "one of \(names.joined(separator: ", "))")
    }
    return try type.init(fields)
  }

  /// The meaning of the fields of the architecture `name`, one per line; nil for an unknown name.
  public static func fieldHelp(_ name: String) -> String? {
    architectures.withLock { $0.first { $0.name == name } }?.fieldHelp
  }

  /// Builds the model `name` from its published fields, with random parameters.
  public static func make<Scalar: TensorScalar>(
    _ name: String, _ fields: ConfigurationFields, seed: UInt64, _: Scalar.Type = Scalar.self
  ) throws -> any GraphModel<Scalar> {
    try configuration(name, fields).makeModel(seed: seed, Scalar.self)
  }
}

extension ModelArchitecture {
  /// A model of this configuration with random parameters.
  public func makeModel<Scalar: TensorScalar>(
    seed: UInt64, _: Scalar.Type = Scalar.self
  ) -> any GraphModel<Scalar> {
    GraphNetwork<Scalar, Self>(self, seed: seed)
  }
}
