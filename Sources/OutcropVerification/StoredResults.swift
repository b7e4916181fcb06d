import OutcropCore

/// Results that another program stored in a JSON file. Notes which of them were read for a comparison, so that the
/// others can be named.
final class StoredResults {
  /// The file's name, for errors.
  let file: String
  private let values: [String: JSONValue]
  /// The paths that were read, and all paths above them.
  private var read: Set<String> = []

  init(_ values: [String: JSONValue], file: String) {
    (self.values, self.file) = (values, file)
  }

  /// The results of one name at the top level; nil if there are none.
  subscript(name: String) -> Entry? {
    values[name].map { Entry(results: self, path: [name], value: $0) }
  }

  /// The names at the top level, sorted, without those of plain values, which are no results.
  var names: [String] {
    values.filter { if case .object = $0.value { true } else { false } }.keys.sorted()
  }

  /// The paths of the results that were not read: an object or a list of which nothing was read has one.
  var leftOut: [String] { names.flatMap { leftOut([$0], values[$0]!) } }

  private func leftOut(_ path: [String], _ value: JSONValue) -> [String] {
    let name = path.joined(separator: "/")
    guard read.contains(name) else { return [name] }
    switch value {
    case .object(let fields):
      return fields.sorted { $0.key < $1.key }.flatMap { leftOut(path + [$0.key], $0.value) }
    case .array(let list) where list.contains { if case .object = $0 { true } else { false } }:
      return list.enumerated().flatMap { leftOut(path + ["\($0.offset)"], $0.element) }
    default: return []
    }
  }

  fileprivate func note(_ path: [String]) {
    for count in 1...path.count {
      read.insert(path.prefix(count).joined(separator: "/"))
    }
  }

  /// One place in the file.
  struct Entry {
    fileprivate let results: StoredResults
    fileprivate let path: [String]
    let value: JSONValue

    /// The field's name in errors.
    var field: String { path.joined(separator: "/") }

    /// The file's name in errors.
    var file: String { results.file }

    /// An error about this place.
    func error(expected: String) -> InputError {
      InputError(file: results.file, field: field, found: value.kind, expected: expected)
    }

    /// The fields of an object. Throws `InputError` for another value.
    func fields() throws -> [(key: String, entry: Entry)] {
      guard case .object(let fields) = value else { throw error(expected: "an object") }
      return fields.sorted { $0.key < $1.key }.map { ($0.key, entry($0.key, $0.value)) }
    }

    /// A field; nil if there is none. Throws `InputError` if this is no object.
    subscript(key: String) -> Entry? {
      get throws {
        guard case .object(let fields) = value else { throw error(expected: "an object") }
        return fields[key].map { entry(key, $0) }
      }
    }

    /// The elements of a list. Throws `InputError` for another value.
    func elements() throws -> [Entry] {
      guard case .array(let list) = value else { throw error(expected: "a list") }
      results.note(path)
      return list.enumerated().map { entry("\($0.offset)", $0.element) }
    }

    /// The truth value here. Throws `InputError` for another value.
    func flag() throws -> Bool {
      guard case .bool(let flag) = value else { throw error(expected: "true or false") }
      results.note(path)
      return flag
    }

    private func entry(_ key: String, _ value: JSONValue) -> Entry {
      Entry(results: results, path: path + [key], value: value)
    }

    /// The number here, or the number that one of `words` stands for; nil for "nan" and "none", which say that
    /// there is no number, if they are not among the words. Throws `InputError` for any other value.
    func number(_ words: [String: Double] = [:]) throws -> Double? {
      if case .number(let number) = value {
        results.note(path)
        return number
      }
      if case .string(let word) = value {
        if let number = words[word] {
          results.note(path)
          return number
        }
        if ["nan", "none"].contains(word) { return nil }
      }
      let known = words.keys.sorted().map { "\"\($0)\"" }
      throw error(expected: (["a number"] + known).joined(separator: " or "))
    }
  }
}
