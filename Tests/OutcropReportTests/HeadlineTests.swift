import Foundation
import OutcropReport
import OutcropStatistics
import Testing

/// The sentence and the numbers of the first screen.
@Suite struct HeadlineTests {
  typealias Base = FindingsTests

  private static func both(_ row: (Int, Double), _ batch: (Int, Double)) -> StudyResults.Activations
  {
    var edge = Base.edge(massive: row.0, largest: row.1)
    edge.batchMedian = Base.ratios(massive: batch.0, largest: batch.1)
    return edge
  }

  private static func sentence(
    _ runs: [StudyResults.Run], medians: [MedianKind] = [.row]
  ) -> String {
    Headline(Base.results(runs, medians: medians)).sentence
  }

  @Test func layersAreNamed() {
    let quiet = Base.edge(massive: 0, largest: 20)
    let loud = Base.edge(massive: 5, largest: 5000)
    #expect(
      Self.sentence([Base.run(.trained, [quiet, loud, quiet], epochs: 2)])
        == "Massive activations in layer 1.")
    #expect(
      Self.sentence([Base.run(.trained, [loud, loud, quiet], epochs: 2)])
        == "Massive activations in layers 0 and 1.")
    #expect(
      Self.sentence([Base.run(.trained, [loud, quiet, loud, loud, loud], epochs: 2)])
        == "Massive activations in layers 0 and 2 to 4.")
    #expect(
      Self.sentence([Base.run(.trained, [loud, loud], epochs: 2)])
        == "Massive activations in all 2 layers.")
    let many = (0..<12).map { $0 % 3 == 2 ? quiet : loud }
    #expect(
      Self.sentence([Base.run(.trained, many, epochs: 2)])
        == "Massive activations in 8 of 12 layers.")
    #expect(
      Self.sentence([Base.run(.recorded, [loud], label: "a.npy")]) == "Massive activations.")
    #expect(
      Self.sentence([Base.run(.trained, [quiet, quiet], epochs: 2)])
        == "No massive activations (the largest ratio is 20).")
  }

  /// Outputs of modules alone are named, by the headline and by the findings.
  @Test func modulesAlone() {
    func run(_ massive: Int, _ largest: Double) -> StudyResults.Run {
      var run = Base.run(.trained, [], epochs: 2)
      run.layers = [
        .init(
          index: 0,
          modules: [
            "attention.Q": Self.both((0, 30), (massive, largest)),
            "attention.K": Self.both((0, 20), (0, 40)),
          ])
      ]
      return run
    }
    let quiet =
      "Only outputs of modules were recorded (attention.K and attention.Q): no massive "
      + "activations by either median (the largest ratio is 62.5)."
    #expect(Self.sentence([run(0, 62.5)], medians: [.row, .batch]) == quiet)
    let results = Base.results([run(3, 5000)], medians: [.row, .batch])
    let loud =
      "outputs of modules were recorded (attention.K and attention.Q): none by the row "
      + "median and 3 massive activations by the batch median (the largest ratio is 5,000)."
    #expect(Headline(results).sentence == "Only " + loud)
    #expect(Findings.sentences(results) == ["After 2 epochs, only " + loud])
    #expect(Self.sentence([Base.run(.trained, [])]) == "No activations were recorded.")
  }

  @Test func bothMediansAreNamed() {
    let quiet = Self.both((0, 30), (0, 40))
    let batch = Self.both((0, 300), (70, 9000))
    let row = Self.both((3, 3000), (0, 400))
    let loud = Self.both((3, 3000), (70, 9000))
    func sentence(_ layers: [StudyResults.Activations]) -> String {
      Self.sentence([Base.run(.trained, layers, epochs: 2)], medians: [.row, .batch])
    }
    #expect(
      sentence([quiet, batch, batch])
        == "Massive activations in layers 1 and 2 by the batch median, none by the row median.")
    #expect(
      sentence([row, quiet, quiet])
        == "Massive activations in layer 0 by the row median, none by the batch median.")
    #expect(
      sentence([quiet, loud, quiet]) == "Massive activations in layer 1 by both medians.")
    #expect(
      sentence([quiet, batch, loud])
        == "Massive activations in layers 1 and 2 by the batch median, in layer 2 also by the row median."
    )
    #expect(
      sentence([quiet, quiet])
        == "No massive activations by either median (the largest ratio is 40).")
  }

  @Test func differentPlacesAreBothNamed() {
    let layers = [Self.both((3, 3000), (0, 400)), Self.both((0, 300), (70, 9000))]
    #expect(
      Self.sentence([Base.run(.trained, layers, epochs: 2)], medians: [.row, .batch])
        == "Massive activations in layer 0 by the row median and in layer 1 by the batch median.")
  }

  @Test func theBiasTermIsJudged() {
    let quiet = Self.both((0, 30), (0, 40))
    let loud = Self.both((10, 3000), (1000, 9000))
    let less = Self.both((0, 300), (6, 2000))
    func sentence(
      _ ebt: StudyResults.Activations, metric: Double, of plain: StudyResults.Activations? = nil
    ) -> String {
      Self.sentence(
        [
          Base.run(.base, [quiet], epochs: 0, metric: 2),
          Base.run(.trained, [plain ?? loud], epochs: 2, metric: 1),
          Base.run(.ebt, [ebt], epochs: 2, metric: metric),
        ], medians: [.row, .batch])
    }
    let start = "Massive activations by both medians; the Explicit Bias Term "
    #expect(sentence(quiet, metric: 1.005) == start + "removes them at equal error.")
    #expect(
      sentence(less, metric: 0.9)
        == start + "removes all by the row median and 99.4% by the batch median at a lower error.")
    #expect(sentence(loud, metric: 1.2) == start + "does not remove them at a higher error.")
    #expect(
      sentence(Self.both((30, 3000), (3000, 9000)), metric: 1)
        == start + "raises their number at equal error.")
    #expect(
      sentence(Self.both((30, 3000), (500, 9000)), metric: 1)
        == start + "raises their number by the row median and removes 50.0% of them by the batch "
        + "median at equal error.")
    #expect(
      sentence(Self.both((5, 2000), (1000, 9000)), metric: 1)
        == start + "removes 50.0% of them by the row median and does not remove them by the batch "
        + "median at equal error.")
    #expect(
      sentence(less, metric: 1, of: quiet)
        == "No massive activations by either median (the largest ratio is 40); the Explicit Bias Term "
        + "brings some by the batch median.")
  }

  @Test func everyCountermeasureIsNamed() {
    let quiet = Base.edge(massive: 0, largest: 20)
    let loud = Base.edge(massive: 10, largest: 5000)
    func sentence(_ names: [String]) -> String {
      Self.sentence(
        [Base.run(.trained, [loud], epochs: 2, metric: 1)]
          + names.map {
            Base.run(
              $0 == "EBT" ? .ebt : .adaptive, [$0 == "gate" ? loud : quiet], epochs: 2, metric: 1,
              label: $0)
          })
    }
    let bias = "Massive activations; the Explicit Bias Term removes them at equal error; "
    let gate = "“gate” does not remove them at equal error."
    #expect(sentence(["gate", "EBT"]) == bias + gate)
    // Those that leave the fewest come first.
    let driven = "“driven” removes them at equal error; "
    #expect(sentence(["EBT", "gate", "driven"]) == bias + driven + gate)
    #expect(
      sentence(["EBT", "gate", "driven", "plus-one"])
        == bias + driven + "2 more counter-measures were tried.")
  }

  /// Files have no seed, so a model can be compared with several untrained ones.
  @Test func allUntrainedFilesCount() throws {
    func run(_ kind: StudyResults.Run.Kind, _ massive: Int, _ ratio: Double, _ name: String)
      -> StudyResults.Run
    {
      Base.run(kind, [Base.edge(massive: massive, largest: ratio)], label: name)
    }
    var results = Base.results([
      run(.base, 4, 4000, "a.npy"), run(.base, 0, 20, "b.npy"), run(.trained, 5, 5000, "c.npy"),
    ])
    results.experiment = .analysis
    let arm = try #require(results.arms.last)
    #expect(arm.bases.map { $0?.label } == ["a.npy"])
    #expect(arm.untrained.map(\.label) == ["a.npy", "b.npy"])
    let headline = Headline(results)
    #expect(headline.sentence == "Massive activations, some already before training.")
    #expect(headline.numbers[0].note == "untrained: 2.0 ± 2.8")
    #expect(headline.numbers[1].note == "threshold 1,000; untrained: 2,010")
    #expect(
      Findings.sentences(results).contains(
        "By the row median, the 2 untrained models already hold massive activations (2.0 ± 2.8); "
          + "“c.npy” holds 5."))
    results.runs[0] = run(.base, 0, 30, "a.npy")
    #expect(
      Findings.sentences(results).contains(
        "By the row median, massive activations appear with training (c.npy): none of the 2 untrained "
          + "models holds any."))
  }

  @Test func manyFilesAreModels() {
    let quiet = Base.edge(massive: 0, largest: 20)
    var results = Base.results((0..<12).map { Base.run(.recorded, [quiet], label: "\($0).npy") })
    func counted(_ noun: String) -> Bool {
      Headline(results).sentence == "0 of 12 \(noun) hold massive activations."
        && Findings.sentences(results)[0].hasPrefix("By the row median, 0 of 12 \(noun) hold")
    }
    results.experiment = .analysis
    #expect(counted("models"))
    results.experiment = .sweep
    #expect(counted("combinations"))
  }

  @Test func untrainedModelsAndSeedsAreNamed() {
    let quiet = Base.edge(massive: 0, largest: 20)
    let loud = Base.edge(massive: 5, largest: 5000)
    #expect(
      Self.sentence([
        Base.run(.base, [loud], epochs: 0), Base.run(.trained, [loud], epochs: 1),
      ]) == "Massive activations, some already before training.")
    #expect(
      Self.sentence([Base.run(.base, [quiet, loud], epochs: 0)])
        == "Massive activations in layer 1, before training.")
    let seeds = [loud, quiet, loud].enumerated().map { index, layer in
      var run = Base.run(.trained, [quiet, layer], epochs: 1)
      run.seed = UInt64(index)
      return run
    }
    #expect(Self.sentence(seeds) == "Massive activations in layer 1 (2 of 3 seeds).")
    #expect(Headline(Base.results([])).sentence == "These results hold no run.")
  }

  @Test func everyExperimentHasAHeadline() {
    for results in [
      DemoResults.study(), DemoResults.full(), DemoResults.ablation(), DemoResults.attack(),
      DemoResults.attribution(), DemoResults.study(kinds: [.base]),
    ] {
      let headline = Headline(results)
      #expect(headline.sentence.hasSuffix(".") && headline.sentence.count < 320)
      #expect(!headline.sentence.contains("Optional") && !headline.sentence.contains("  "))
      #expect(3...5 ~= headline.numbers.count, "\(headline.numbers)")
      for number in headline.numbers { #expect(!number.values.isEmpty) }
    }
  }

  @Test func numbersAreThoseOfTheRuns() throws {
    let base = Base.run(.base, [Base.edge(massive: 0, largest: 62)], epochs: 0, metric: 2)
    let types = [("single", 30, 75), ("double", 10, 25)]
    let trained = Base.run(
      .trained, [Base.edge(massive: 40, largest: 5000, byType: types)], epochs: 3, metric: 1)
    let ebt = Base.run(.ebt, [Base.edge(massive: 0, largest: 90)], epochs: 3, metric: 0.75)
    let numbers = Headline(Base.results([base, trained, ebt])).numbers
    #expect(
      numbers.map { $0.values.map(\.text) } == [
        ["40"], ["5,000"], ["40.0%"], ["0"], ["1", "0.75"],
      ])
    #expect(numbers[0].note == "untrained: 0")
    #expect(numbers[1].note == "threshold 1,000; untrained: 62")
    #expect(numbers[2].note == "75.0% of them on “single”, which are 75.0% of all edges")
    #expect(numbers[3].note == "largest ratio: 90")
    #expect(numbers[4].note == "difference −0.2500 (one seed)")
  }
}
