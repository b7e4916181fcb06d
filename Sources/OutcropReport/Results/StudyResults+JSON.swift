import Foundation
import OutcropCore

extension StudyResults {
  /// The results as JSON: indented, keys sorted, a list of plain values on one line.
  ///
  /// Numbers that JSON cannot hold are the strings `"inf"`, `"-inf"` and `"nan"`. The same
  /// results give the same bytes.
  public func json() throws -> Data {
    let text = Array(try JSON.encode(self, isIndented: true))
    return Data(Self.joiningPlainLists(in: text) + "\n".utf8)
  }

  /// Reads the output of ``json()``.
  ///
  /// - Parameters:
  ///   - data: the contents of a results file.
  ///   - name: the file's name, for errors.
  /// - Throws: `InputError` when the data isn't JSON, lacks a field, has another ``schemaVersion``, or holds a
  ///   count, an epoch or a threshold that is out of range.
  public init(json data: Data, name: String = "results") throws {
    struct Version: Decodable { var schemaVersion: Int }
    let version = try JSON.decode(Version.self, from: data, file: name).schemaVersion
    guard version == Self.currentSchemaVersion else {
      throw InputError(
        .unsupported, file: name, field: "schemaVersion", found: "\(version)",
        expected: "\(Self.currentSchemaVersion)",
        hint: version < Self.currentSchemaVersion
          ? "an older version of outcrop wrote it: compute it again with the command in its field "
            + "commandLine (with --resume, a study takes the models that it kept)"
          : "a newer version of outcrop wrote it: use that version")
    }
    self = try JSON.decode(from: data, file: name)
    var check = ResultsCheck(file: name)
    try check.check(self)
  }

  /// Reads a results file.
  ///
  /// - Throws: `InputError` if the file can't be opened or its content is invalid.
  public init(path: String) throws {
    try self.init(json: SystemFiles.read(path), name: path)
  }

  /// Writes every list of numbers or strings on one line, because a histogram of a thousand bins would
  /// otherwise have a thousand lines. Line breaks inside JSON strings are always escaped, so a line of the
  /// encoder's output is never a part of a string.
  private static func joiningPlainLists(in text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var list: [ArraySlice<UInt8>] = []  // the opening line of a list and the elements so far
    for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if !list.isEmpty {
        let element = line.drop { $0 == UInt8(ascii: " ") }
        if element.first == UInt8(ascii: "]") {
          append(list[0] + list.dropFirst().joined(separator: " ".utf8) + element)
          list.removeAll(keepingCapacity: true)
          continue
        }
        if element.last != UInt8(ascii: "{") && element.last != UInt8(ascii: "[") {
          list.append(element)
          continue
        }
        list.forEach { append($0) }
        list.removeAll(keepingCapacity: true)
      }
      if line.last == UInt8(ascii: "[") { list.append(line) } else { append(line) }
    }
    return result

    func append(_ line: ArraySlice<UInt8>) {
      if !result.isEmpty { result.append(UInt8(ascii: "\n")) }
      result += line
    }
  }
}
