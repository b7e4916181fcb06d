import Foundation
import OutcropCore
import OutcropTestSupport
import Testing

@Suite struct JSONTests {
  private struct Layer: Codable, Equatable {
    var name: String
    var values: [Double]
    var count: Int?
  }

  private struct File: Codable, Equatable {
    var layers: [Layer]
    var flag: Bool
  }

  @Test func equalValuesGiveEqualBytes() throws {
    let layer = Layer(name: "a/b", values: [1, .infinity, -.infinity, .nan], count: nil)
    let json = try JSON.encode(layer)
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"{"name":"a/b","values":[1,"inf","-inf","nan"]}"#)
    let back: Layer = try JSON.decode(from: json, file: "f")
    #expect(back.values[1] == .infinity && back.values[2] == -.infinity && back.values[3].isNaN)
    #expect(
      String(decoding: try JSON.encode(["b": 1, "a": 2], isIndented: true), as: UTF8.self)
        == "{\n  \"a\" : 2,\n  \"b\" : 1\n}")
    // Any value keeps the strings apart from numbers.
    let any: JSONValue = try JSON.decode(from: Data(#"["inf", 1.5, true, null]"#.utf8), file: "f")
    #expect(any == .array([.string("inf"), .number(1.5), .bool(true), .null]))
  }

  @Test(arguments: [
    ("{", "f.json: found text that is not JSON", "expected JSON"),
    ("", "f.json: found text that is not JSON", "expected JSON"),
    ("[1]", "f.json: found a list", "expected an object"),
    (#"{"flag": true}"#, "f.json: 'layers': found nothing", "expected a value"),
    (#"{"flag": 3, "layers": []}"#, "f.json: 'flag': found 3", "expected true or false"),
    (#"{"flag": null, "layers": []}"#, "f.json: 'flag': found null", "expected true or false"),
    (#"{"flag": true, "layers": 7.5}"#, "f.json: 'layers': found 7.5", "expected a list"),
    (
      #"{"flag": true, "layers": [{"name": "a", "values": [1, "x"]}]}"#,
      "f.json: 'layers[0].values[1]': found 'x'", "expected a number"
    ),
    (
      #"{"flag": true, "layers": [{"name": {}, "values": []}]}"#,
      "f.json: 'layers[0].name': found an object", "expected a string"
    ),
    (
      #"{"flag": true, "layers": [{"name": "a", "values": [], "count": 1.5}]}"#,
      "f.json: 'layers[0].count': found 1.5", "expected a number in the range of its field"
    ),
    (
      #"{"flag": true, "layers": [{"name": "12", "values": [], "count": 9223372036854775808}]}"#,
      "f.json: 'layers[0].count': found 9223372036854775808", "expected a number in the range"
    ),
    (
      #"{"flag": true, "layers": [{"name": "a", "values": [], "n": {"b": 1, "b": 1}}, {"name": 1}]}"#,
      "f.json: 'layers[1].name': found 1", "expected a string"
    ),
    (
      #"{"flag": true, "layers": [{"name": "\"flag\":", "values": [1], "n": [{"b": 1, "b": 1}]}]}"#,
      "f.json: 'layers[0].n[0].b': found the key twice", "expected every key once"
    ),
  ])
  func errorsNameFieldFoundAndExpected(text: String, start: String, expected: String) {
    let error = #expect(throws: InputError.self) {
      try JSON.decode(File.self, from: Data(text.utf8), file: "f.json")
    }
    let message = error?.description ?? ""
    #expect(message.hasPrefix(start), "\(message)")
    #expect(message.contains(expected), "\(message)")
    #expect(!message.contains("Error") && !message.contains("NSCocoa"), "\(message)")
  }

  @Test(arguments: [
    (#"{"a": nul}"#, "('}' in column 10 of line 1)"),
    ("{\n \"a\": 01}", "('1' in column 8 of line 2)"),
    ("[1, 2", "(it ends too early)"), ("[\"a\u{1}\"]", "(byte 0x01 in column 4 of line 1)"),
    ("{} x", "('x' in column 4 of line 1)"), (#"{"a" 1}"#, "('1' in column 6 of line 1)"),
    (#"["\q"]"#, "('q' in column 4 of line 1)"), ("[1.]", "(']' in column 4 of line 1)"),
    (
      String(repeating: "[", count: 600) + String(repeating: "]", count: 600),
      "(lists and objects are nested more than 500 times)"
    ),
  ])
  func syntaxErrorsHaveAPlace(text: String, place: String) {
    let error = #expect(throws: InputError.self) {
      try JSON.decode(JSONValue.self, from: Data(text.utf8), file: "f.json")
    }
    #expect(
      error?.description == "f.json: found text that is not JSON \(place), expected JSON",
      "\(error?.description ?? "")")
  }

  /// Texts that Foundation refuses have a place where they stop being JSON.
  @Test func damagedTextsHaveAPlace() {
    let seed = Array(
      #"{"a": [1, -0.5e+3, "x\n\\", true, null, {}], "b": {"c": [], "d": false}}"#.utf8)
    #expect(JSONSyntax(seed).firstError == nil && JSONSyntax(seed).depth == 3)
    var random = TestRandom(5)
    var refused = 0
    for _ in 0..<2000 {
      var text = seed
      let place = Int.random(in: text.indices, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: text[place] = UInt8.random(in: 0x20..<0x7f, using: &random)
      case 1: text.remove(at: place)
      default: text.insert(UInt8.random(in: 0x20..<0x7f, using: &random), at: place)
      }
      let isRead =
        (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
      if isRead { continue }
      refused += 1
      #expect(JSONSyntax(text).firstError != nil, "\(String(decoding: text, as: UTF8.self))")
    }
    #expect(refused > 500)
  }

  /// Foundation accepts them.
  @Test(arguments: [#"{"a": 1,}"#, "[1, 2,]", #"{"a": [1,], "b": 2}"#])
  func commasBeforeAnEndAreRefused(_ text: String) {
    let error = #expect(throws: InputError.self) {
      try JSON.decode(JSONValue.self, from: Data(text.utf8), file: "f")
    }
    #expect(error?.kind == .malformed && error?.found.contains("in column") == true)
  }

  @Test func numbersBeyondARangeAreNamed() {
    let error = #expect(throws: InputError.self) {
      try JSON.decode([String: JSONValue].self, from: Data(#"{"a": [1, 1e999]}"#.utf8), file: "f")
    }
    #expect(
      error?.description
        == "f: 'a[1]': found a number beyond the range of a Double, expected a number in it",
      "\(error?.description ?? "")")
  }

  @Test func linesAreNamed() {
    let error = #expect(throws: InputError.self) {
      try JSON.decode([Int].self, from: Data("{}".utf8), file: "f.jsonl", line: 3)
    }
    #expect(error?.description == "f.jsonl:3: found an object, expected a list")
  }

  @Test func checksOfTypesKeepTheirWords() {
    let error = #expect(throws: InputError.self) {
      try JSON.decode(JSONFloat.self, from: Data(#""five""#.utf8), file: "f")
    }
    #expect(error?.found == #""five""# && error?.expected == "inf, -inf or nan")
  }
}
