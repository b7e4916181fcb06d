import OutcropCore
import OutcropTensor

/// A part of a module that reflection finds in its stored properties.
enum StoredPart<Scalar: TensorScalar> {
  case content(StateEntry<Scalar>.Content)
  case module(any Module<Scalar>)
}

/// Values that contain no module, so that reflection need not search them.
private protocol PlainValue {}
extension String: PlainValue {}
extension Tensor: PlainValue {}

/// Containers whose elements need not be searched if their type is plain.
private protocol Container {
  static var elementType: Any.Type { get }
}
extension Array: Container { static var elementType: Any.Type { Element.self } }
extension Optional: Container { static var elementType: Any.Type { Wrapped.self } }
extension Dictionary: Container { static var elementType: Any.Type { Value.self } }

/// Whether no value of the type can hold an object.
private func isPlain(_ type: Any.Type) -> Bool {
  func isTrivial<T>(_: T.Type) -> Bool { _isPOD(T.self) }
  if type is any PlainValue.Type { return true }
  if let container = type as? any Container.Type { return isPlain(container.elementType) }
  return _openExistential(type, do: isTrivial)
}

extension Module {
  /// Calls `body` with every parameter, statistic, counter and module in the stored properties, without
  /// searching those modules.
  func forEachStoredPart(_ body: (_ path: String, StoredPart<Scalar>) -> Void) {
    var mirrors: [Mirror] = []
    var next: Mirror? = Mirror(reflecting: self)
    while let mirror = next {
      mirrors.append(mirror)
      next = mirror.superclassMirror
    }
    for mirror in mirrors.reversed() {
      for (label, value) in mirror.children {
        search(value, { stateName(of: propertyName(label ?? "")) }, body)
      }
    }
  }

  private func search(
    _ value: Any, _ path: () -> String, _ body: (String, StoredPart<Scalar>) -> Void
  ) {
    let type = type(of: value)
    if isPlain(type) { return }
    if type is AnyObject.Type {
      switch value {
      case let parameter as Parameter<Scalar>: body(path(), .content(.parameter(parameter)))
      case let statistic as Statistic<Scalar>: body(path(), .content(.statistic(statistic)))
      case let counter as Counter: body(path(), .content(.counter(counter)))
      case let module as any Module<Scalar>: body(path(), .module(module))
      case is any Module, is any OtherParameter:
        fatalError(
          "Module: `\(path())` of \(Self.self) is a \(type); expected one of \(Scalar.self), the "
            + "`Scalar` of the module around it")
      default: break
      }
      return
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional, .enum:
      for (_, value) in mirror.children { search(value, path, body) }
    case .collection, .set:
      for (index, child) in mirror.children.enumerated() {
        search(child.value, { joined(path(), "\(index)") }, body)
      }
    case .dictionary:
      // Each child is a pair of key and value.
      let pairs = mirror.children.compactMap { child -> (key: String, value: Any)? in
        let parts = Array(Mirror(reflecting: child.value).children)
        return parts.count == 2 ? ("\(parts[0].value)", parts[1].value) : nil
      }
      for (key, value) in pairs.sorted(by: { $0.key < $1.key }) {
        search(value, { joined(path(), key) }, body)
      }
    case .tuple, .struct:
      for (label, value) in mirror.children {
        search(value, { joined(path(), propertyName(label ?? "")) }, body)
      }
    default: break
    }
  }

  /// The entries of the stored properties. Entries of modules have the property's name as a prefix.
  func reflectedState() -> [StateEntry<Scalar>] {
    let ancestors = Ancestors.current
    // A module that refers to one around it, such as its parent, does not hold it.
    if ancestors.contains(ObjectIdentifier(self)) { return [] }
    return Ancestors.$current.withValue(ancestors + [ObjectIdentifier(self)]) {
      var entries: [StateEntry<Scalar>] = []
      forEachStoredPart { path, part in
        switch part {
        case .content(let content): entries.append(StateEntry(name: path, content: content))
        case .module(let module):
          entries += path.isEmpty ? module.state : module.state(in: path)
        }
      }
      return entries
    }
  }

  /// This module, under an empty name, and all modules that it holds, at any depth, by the names of the
  /// properties. A module that is held twice appears once.
  public var modules: [(name: String, module: any Module<Scalar>)] {
    var seen: Set<ObjectIdentifier> = []
    var found: [(name: String, module: any Module<Scalar>)] = []
    func visit(_ module: some Module<Scalar>, _ name: String) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      found.append((name, module))
      module.forEachStoredPart { path, part in
        if case .module(let inner) = part { visit(inner, joined(name, path)) }
      }
    }
    visit(self, "")
    return found
  }

  /// The state. The first use of this object traps if the state omits an entry that a stored property holds,
  /// or has a name twice.
  var checkedState: [StateEntry<Scalar>] {
    let state = state
    if !CheckedModules.contains(self) {
      check(state)
      CheckedModules.insert(self)
    }
    return state
  }

  private func check(_ state: [StateEntry<Scalar>]) {
    var byName: [String: ObjectIdentifier] = [:]
    for entry in state {
      let object = entry.content.object
      require(
        byName.updateValue(object, forKey: entry.name) ?? object == object,
        "\(Self.self).state: the name `\(entry.name)` stands for two tensors")
    }
    let listed = Set(byName.values)
    for (name, module) in modules {
      func search(_ module: some Module<Scalar>) {
        module.forEachStoredPart { path, part in
          guard case .content(let content) = part else { return }
          require(
            listed.contains(content.object),
            "\(Self.self).state: leaves out the \(content.kind) in `\(joined(name, path))`, which would "
              + "be neither trained nor saved; list it, or leave `state` to reflection")
        }
      }
      search(module)
    }
  }
}

/// Lets a search recognize a parameter or statistic of another element type.
private protocol OtherParameter {}
extension Parameter: OtherParameter {}
extension Statistic: OtherParameter {}

private func joined(_ path: String, _ name: String) -> String {
  path.isEmpty ? name : (name.isEmpty ? path : "\(path).\(name)")
}

/// `x` for the storage of a property wrapper `_x` and of a lazy property; the index of a tuple without its
/// point.
private func propertyName(_ label: String) -> String {
  let lazy = "$__lazy_storage_$_"
  if label.hasPrefix(lazy) { return String(label.dropFirst(lazy.count)) }
  return label.hasPrefix("_") || label.hasPrefix(".") ? String(label.dropFirst()) : label
}

private enum Ancestors {
  @TaskLocal static var current: [ObjectIdentifier] = []
}

/// The modules whose state was checked.
private enum CheckedModules {
  private struct Weak {
    weak var object: AnyObject?
  }
  private static let checked = Locked<(objects: [ObjectIdentifier: Weak], limit: Int)>(([:], 256))

  static func contains(_ module: AnyObject) -> Bool {
    checked.withLock { $0.objects[ObjectIdentifier(module)]?.object === module }
  }

  static func insert(_ module: AnyObject) {
    checked.withLock { state in
      state.objects[ObjectIdentifier(module)] = Weak(object: module)
      if state.objects.count > state.limit {
        state.objects = state.objects.filter { $0.value.object != nil }
        state.limit = max(256, 2 * state.objects.count)
      }
    }
  }
}

extension StateEntry.Content {
  var object: ObjectIdentifier {
    switch self {
    case .parameter(let parameter): ObjectIdentifier(parameter)
    case .statistic(let statistic): ObjectIdentifier(statistic)
    case .counter(let counter): ObjectIdentifier(counter)
    }
  }

  var kind: String {
    switch self {
    case .parameter: "parameter"
    case .statistic: "statistic"
    case .counter: "counter"
    }
  }
}
