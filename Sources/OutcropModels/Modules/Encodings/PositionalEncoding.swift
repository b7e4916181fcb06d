import OutcropCore
import OutcropGraph
import OutcropNN
import OutcropTensor

/// A preparation that graphs need before a model can run on them, such as an attribute or the missing edges
/// of full graphs.
public protocol GraphPreparation: Sendable {
  /// The graphs with what the model reads. Throws `InputError` for a graph for which it cannot be computed.
  func prepare(_ dataset: GraphDataset) throws -> GraphDataset
  /// What the batch lacks, or nil.
  func problem(with batch: GraphBatch) -> String?
  /// The reason why `graph` is too large for `prepare`, or nil, which is the default.
  func problem(preparing graph: Graph) -> String?
}

extension GraphPreparation {
  public func problem(preparing graph: Graph) -> String? { nil }
}

/// A positional encoding of nodes: an attribute of graphs, and the module that adds it to node vectors.
///
/// One encoding is one file: a key of `AttributeKey`, the function that computes the attribute, a
/// `PositionalEncoding` that adds and checks the attribute, and its `PositionalEmbedding`. Configuration
/// files can select an encoding that is registered in `PositionalEncodingCatalog`.
public protocol PositionalEncoding: GraphPreparation {
  /// The module that adds the encoding to node vectors of that width, with random parameters.
  func makeEmbedding<Scalar: TensorScalar>(
    width: Int, using generator: inout RandomGenerator, _: Scalar.Type
  ) -> any PositionalEmbedding<Scalar>
}

/// Adds a positional encoding to node vectors. The names in `state` are those of the whole model.
public protocol PositionalEmbedding<Scalar>: Module {
  /// The vectors of the batch's nodes, [nodes, width of the features], with the encoding. Traps on a batch
  /// for which `GraphPreparation.problem(with:)` finds a problem.
  func callAsFunction(
    _ nodes: Tensor<Scalar>, _ batch: GraphBatch, _ context: ForwardContext
  ) -> Tensor<Scalar>
}

/// A positional encoding that configuration files can select by name (`"encodings": ["degree"]`).
public protocol CatalogedEncoding: PositionalEncoding {
  /// The name in configuration files.
  static var name: String { get }
  /// The encoding's own fields in the model's part of the file.
  static var fields: [ConfigurationField<Self>] { get }
  init()
}

/// The positional encodings that configuration files can select, in addition to those of the published
/// models, which have separate fields (`lap_pos_enc`, `wl_pos_enc`, `pe_init`, `LPE`).
public enum PositionalEncodingCatalog {
  private static let types = Locked<[any CatalogedEncoding.Type]>([])

  /// The names in the order of registration.
  public static var names: [String] { types.withLock { $0.map { $0.name } } }

  /// Registers an encoding by its name, replacing one with the same name.
  public static func register(_ encoding: any CatalogedEncoding.Type) {
    types.withLock { list in
      list.removeAll { $0.name == encoding.name }
      list.append(encoding)
    }
  }

  static func read(
    _ name: String, _ fields: inout ConfigurationFields, _ field: String
  ) throws -> any CatalogedEncoding {
    func read<Encoding: CatalogedEncoding>(_: Encoding.Type) throws -> any CatalogedEncoding {
      var encoding = Encoding()
      try Encoding.fields.read(&fields, into: &encoding)
      return encoding
    }
    guard let type = types.withLock({ $0.first { $0.name == name } }) else {
      let known = names.isEmpty ? "no names, since none are registered" : "names of "
      throw InputError(
        file: fields.source, field: field, found: "\"\(name)\"",
        expected: known + names.joined(separator: ", "))
    }
    return try read(type)
  }
}

/// The encodings of the catalog that a model adds to its nodes, in this order. Two lists are equal if their
/// fields in configuration files are equal.
public struct CatalogedEncodings: Sendable, Equatable {
  /// The encodings.
  public var list: [any CatalogedEncoding]

  /// The given encodings.
  public init(_ list: [any CatalogedEncoding] = []) { self.list = list }

  init(_ fields: inout ConfigurationFields, _ field: String) throws {
    list = try fields.words(field).map { name in
      try PositionalEncodingCatalog.read(name, &fields, field)
    }
  }

  func fields(_ field: String) -> [String: JSONValue] {
    if list.isEmpty { return [:] }
    func written<Encoding: CatalogedEncoding>(_ encoding: Encoding) -> [String: JSONValue] {
      Encoding.fields.written(encoding)
    }
    let names = list.map { JSONValue.string(type(of: $0).name) }
    return list.reduce(into: [field: .array(names)]) { result, encoding in
      result.merge(written(encoding)) { $1 }
    }
  }

  public static func == (first: CatalogedEncodings, second: CatalogedEncodings) -> Bool {
    first.fields("") == second.fields("")
  }
}
