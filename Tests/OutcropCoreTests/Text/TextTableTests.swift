import OutcropCore
import Testing

@Suite struct TextTableTests {
  @Test func columnsAlign() {
    let table = TextTable(
      columns: [.init("name", .left), .init("MAs")],
      rows: [["a", "1"], ["long name", "12,345"], ["short row"]])
    #expect(
      table.text == """
        name          MAs
        ─────────  ──────
        a               1
        long name  12,345
        short row

        """)
  }

  @Test func wideAndControlCharacters() {
    let table = TextTable(
      columns: [.init("x", .left), .init("n")],
      rows: [["单键", "1"], ["\u{1B}[2J\n\u{202E}", "2"], ["é", "3"]])
    let lines = table.text.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines[2] == "单键    1")
    #expect(!table.text.contains("\u{1B}") && !table.text.contains("\u{202E}"))
    #expect(lines[4] == "é       3")
  }

  @Test func rowsMayBeLongerThanTheHeader() {
    let table = TextTable([["class", "count"], ["a\u{1B}[2J", "1", "more"], ["b"]])
    #expect(
      table.text == """
        class  count
        ─────  ─────  ────
        a [2J      1  more
        b

        """)
  }

  @Test func emptyTables() {
    #expect(TextTable(columns: []).text == "\n\n")
    #expect(TextTable([]).text == "\n\n")
  }
}
