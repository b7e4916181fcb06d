// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "OutcropBenchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Outcrop", path: "..")],
  targets: [
    // The reading of published formats; see read.sh. `outcrop bench` has the other benchmarks.
    .executableTarget(
      name: "read",
      dependencies: [
        .product(name: "OutcropGraph", package: "Outcrop"),
        .product(name: "OutcropDatasets", package: "Outcrop"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
