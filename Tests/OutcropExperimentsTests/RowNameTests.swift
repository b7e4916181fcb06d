import OutcropCore
import OutcropExperiments
import OutcropFiles
import OutcropTestSupport
import Testing

/// Activations of tokens, as of a language model.
@Suite struct RowNameTests {
  private let tokens = ["<s>", "Summer", "is", "", "warm.", "é\\n"]

  /// Two texts of three tokens, 8 channels: the first token of each is far out in channel 5.
  private func file(
    _ folder: TemporaryFolder, labels: String, positions: [Int64]? = [0, 1, 2, 0, 1, 2],
    offsets: [Int64]? = nil
  ) throws -> String {
    var generator = RandomGenerator(seed: 2)
    var values = (0..<48).map { _ in Float(generator.normal()) }
    values[5] = -4000
    values[3 * 8 + 5] = 9000
    var writer = SafetensorsWriter()
    writer.add("layers.2", shape: [6, 8], values)
    writer.add("layers.2/labels", shape: [labels.utf8.count], labels.utf8.map { Int64($0) })
    if let positions {
      writer.add("layers.2/positions", shape: [positions.count], positions)
    }
    if let offsets { writer.add("layers.2/batch_offsets", shape: [offsets.count], offsets) }
    let path = folder.path("states.safetensors")
    try writer.write(to: path)
    return path
  }

  @Test func theLargestActivationsHaveTokensAndPositions() throws {
    let folder = try TemporaryFolder()
    var notes: [String] = []
    let results = try ActivationFiles().analyze(
      [file(folder, labels: tokens.joined(separator: "\n"))]) { notes.append($0) }
    let top = try #require(results.runs[0].layers[0].edge?.batchMedian?.top)
    #expect(top[0].position.label == "" && top[0].position.position == 0)
    #expect(top[0].position.row == 3 && top[0].position.channel == 5 && top[0].value == 9000)
    #expect(top[1].position.label == "<s>" && top[1].value == -4000)
    #expect(top[1].position.position == 0)
    let sentence = try #require(notes.first { $0.contains("largest in layer 2") })
    #expect(sentence.contains("9,000") && sentence.contains("position 0 '<s>', channel 5"))
    #expect(results.notes.contains(sentence))
    // Without positions the place in the batch is the position.
    let batches = try ActivationFiles().analyze(
      [
        file(
          folder, labels: tokens.joined(separator: "\n") + "\n", positions: nil, offsets: [0, 2, 6])
      ])
    let other = try #require(batches.runs[0].layers[0].edge?.rowMedian?.top)
    #expect(other.first { $0.value == 9000 }?.position.position == 1)
    #expect(other.first { $0.value == -4000 }?.position.position == 0)
  }

  @Test func namesThatDoNotFitTheRowsAreRefused() throws {
    let folder = try TemporaryFolder()
    for (labels, positions, found) in [
      ("a\nb", nil, "2 names in `layers.2/labels`"),
      (tokens.joined(separator: "\n"), [0, 1], "2 positions in `layers.2/positions`"),
    ] as [(String, [Int64]?, String)] {
      do {
        _ = try ActivationFiles().analyze([file(folder, labels: labels, positions: positions)])
        Issue.record("no error")
      } catch let error as InputError {
        #expect(error.found == found)
      }
    }
  }
}
