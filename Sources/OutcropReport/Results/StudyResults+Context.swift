extension StudyResults {
  /// The machine a study ran on.
  public struct Machine: Codable, Sendable, Equatable {
    /// Logical processors.
    public var cores: Int
    /// Threads the computation used, where known.
    public var threads: Int?
    /// The processor's name as the system gives it.
    public var cpu: String
    /// Memory installed, in MB (10^6 bytes).
    public var memoryMB: Double
    /// Operating system and its version, where known.
    public var system: String?

    /// Creates the value from its fields.
    public init(
      cores: Int, threads: Int? = nil, cpu: String, memoryMB: Double, system: String? = nil
    ) {
      self.cores = cores
      self.threads = threads
      self.cpu = cpu
      self.memoryMB = memoryMB
      self.system = system
    }
  }

  /// The graphs a study used.
  public struct Dataset: Codable, Sendable, Equatable {
    /// Short name, e.g. `ZINC`.
    public var name: String
    /// True for generated graphs. The report then says so in a banner.
    public var isSynthetic: Bool
    /// Where the graphs come from: a folder, a reference, or the generator and its seed.
    public var source: String
    /// Digest of the data, with its algorithm, e.g. `sha256:…`.
    public var checksum: String?
    /// The parts the graphs are divided into.
    public var splits: [Split]
    /// Name of the split whose activations were analyzed.
    public var analyzedSplit: String?
    /// Nodes of the analyzed split; of the whole, where one large graph is sampled.
    public var nodes: Int
    /// Directed edges of the same.
    public var edges: Int
    /// The types edges can have; empty for graphs without edge types.
    public var edgeTypes: [EdgeType]

    /// Creates the value from its fields.
    public init(
      name: String, isSynthetic: Bool, source: String, checksum: String? = nil,
      splits: [Split], analyzedSplit: String? = nil, nodes: Int, edges: Int,
      edgeTypes: [EdgeType] = []
    ) {
      self.name = name
      self.isSynthetic = isSynthetic
      self.source = source
      self.checksum = checksum
      self.splits = splits
      self.analyzedSplit = analyzedSplit
      self.nodes = nodes
      self.edges = edges
      self.edgeTypes = edgeTypes
    }
  }

  /// One part of a data set.
  public struct Split: Codable, Sendable, Equatable {
    /// `train`, `validation`, `test`, or the data set's own name for it.
    public var name: String
    /// Graphs in it.
    public var graphs: Int

    /// Creates the value from its fields.
    public init(name: String, graphs: Int) {
      self.name = name
      self.graphs = graphs
    }
  }

  /// A type of edge and how common it is in the analyzed split.
  public struct EdgeType: Codable, Sendable, Equatable {
    /// Its number in the data.
    public var id: Int
    /// Its name, e.g. `single`.
    public var name: String
    /// Its part of all directed edges, 0 to 1.
    public var share: Double

    /// Creates the value from its fields.
    public init(id: Int, name: String, share: Double) {
      self.id = id
      self.name = name
      self.share = share
    }
  }

  /// The model's name and settings. ``Run`` holds what differs between runs.
  public struct Model: Codable, Sendable, Equatable {
    /// E.g. `GraphTransformer`.
    public var name: String
    /// Settings under their published names.
    public var configuration: [String: Setting]
    /// Trainable numbers of the plain model; nil when unknown.
    public var parameterCount: Int?

    /// Creates the value from its fields.
    public init(name: String, configuration: [String: Setting] = [:], parameterCount: Int? = nil) {
      self.name = name
      self.configuration = configuration
      self.parameterCount = parameterCount
    }
  }

  /// A setting's value. In JSON it is the bare number, truth value or string.
  public enum Setting: Codable, Sendable, Equatable {
    /// A truth value.
    case flag(Bool)
    /// A number, whole or not.
    case number(Double)
    /// Any text.
    case text(String)

    /// Reads a bare truth value, number or string.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let value = try? container.decode(Bool.self) {
        self = .flag(value)
      } else if let value = try? container.decode(Double.self) {
        // Covers "inf", "-inf" and "nan" too: a text spelled like that reads back as a number.
        self = .number(value)
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    /// Writes the bare value.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .flag(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      }
    }
  }
}

extension StudyResults.Setting: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A text.
  public init(stringLiteral value: String) { self = .text(value) }
}
