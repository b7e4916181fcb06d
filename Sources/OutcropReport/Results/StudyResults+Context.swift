extension StudyResults {
  /// The machine a study ran on.
  public struct Machine: Codable, Sendable, Equatable {
    /// Logical processors.
    public var cores: Int
    /// The number of threads that the computation used, if known.
    public var threads: Int?
    /// The processor's name as reported by the system.
    public var cpu: String
    /// Installed memory, in MB (10^6 bytes).
    public var memoryMB: Double
    /// Operating system and its version, if known.
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
    /// True for generated graphs. The report then shows a banner.
    public var isSynthetic: Bool
    /// Where the graphs come from: a folder, a reference, or the generator and its seed.
    public var source: String
    /// Digest of the data, with its algorithm, e.g. `sha256:…`.
    public var checksum: String?
    /// The splits of the graphs.
    public var splits: [Split]
    /// Name of the split whose activations were analyzed.
    public var analyzedSplit: String?
    /// The number of nodes of the analyzed split, or of the whole graph if one large graph is sampled.
    public var nodes: Int
    /// The number of directed edges of the same split or graph.
    public var edges: Int
    /// The types of edges; empty for graphs without edge types.
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

  /// One split of a data set.
  public struct Split: Codable, Sendable, Equatable {
    /// `train`, `validation`, `test`, or the data set's own name for it.
    public var name: String
    /// The number of graphs in the split.
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
    /// Its share of all directed edges, 0 to 1.
    public var share: Double

    /// Creates the value from its fields.
    public init(id: Int, name: String, share: Double) {
      self.id = id
      self.name = name
      self.share = share
    }
  }

  /// The model's name and settings. ``Run`` contains the settings that differ between runs.
  public struct Model: Codable, Sendable, Equatable {
    /// E.g. `GraphTransformer`.
    public var name: String
    /// Settings under their published names.
    public var configuration: [String: Setting]
    /// The number of trainable parameters of the plain model; nil if unknown.
    public var parameterCount: Int?

    /// Creates the value from its fields.
    public init(name: String, configuration: [String: Setting] = [:], parameterCount: Int? = nil) {
      self.name = name
      self.configuration = configuration
      self.parameterCount = parameterCount
    }
  }

  /// The value of a setting. In JSON it is a number, boolean or string.
  public enum Setting: Codable, Sendable, Equatable {
    /// A Boolean value.
    case flag(Bool)
    /// A number, integer or not.
    case number(Double)
    /// Any text.
    case text(String)

    /// Reads a Boolean value, number or string.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let value = try? container.decode(Bool.self) {
        self = .flag(value)
      } else if let value = try? container.decode(Double.self) {
        // Includes "inf", "-inf" and "nan": a text with this content is read as a number.
        self = .number(value)
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    /// Writes the value without a wrapper.
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
  /// A Boolean value.
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  /// An integer.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A text.
  public init(stringLiteral value: String) { self = .text(value) }
}
