// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Outcrop",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Outcrop", targets: ["Outcrop"]),
    .library(name: "OutcropBLAS", targets: ["OutcropBLAS"]),
    .library(name: "OutcropTensor", targets: ["OutcropTensor"]),
    .library(name: "OutcropGraph", targets: ["OutcropGraph"]),
    .library(name: "OutcropModels", targets: ["OutcropModels"]),
    .library(name: "OutcropStatistics", targets: ["OutcropStatistics"]),
    .library(name: "OutcropReport", targets: ["OutcropReport"]),
    .library(name: "OutcropExperiments", targets: ["OutcropExperiments"]),
    .executable(name: "outcrop", targets: ["OutcropCommand"]),
  ],
  dependencies: [
    // Used by the command line alone; the libraries need only OpenBLAS, LAPACKE and zlib.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "lapacke openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"]), .brew(["openblas", "lapack"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CKernels"),

    .target(name: "OutcropBLAS", dependencies: ["COpenBLAS", "CKernels"]),
    .target(name: "OutcropTensor", dependencies: ["OutcropBLAS", "CKernels", "CZlib"]),
    .target(name: "OutcropGraph", dependencies: ["OutcropBLAS", "OutcropTensor", "CZlib"]),
    .target(
      name: "OutcropModels",
      dependencies: [
        "OutcropBLAS", "OutcropTensor", "OutcropGraph", "OutcropStatistics", "CKernels",
      ]),
    .target(name: "OutcropStatistics", dependencies: ["OutcropBLAS", "CKernels"]),
    .target(name: "OutcropReport", dependencies: ["OutcropStatistics"]),
    .target(
      name: "OutcropExperiments",
      dependencies: ["OutcropModels", "OutcropStatistics", "OutcropReport"]),
    .target(
      name: "Outcrop",
      dependencies: [
        "OutcropBLAS", "OutcropTensor", "OutcropGraph", "OutcropModels", "OutcropStatistics",
        "OutcropReport", "OutcropExperiments",
      ]),
    .target(name: "OutcropBench", dependencies: ["Outcrop"]),
    .executableTarget(
      name: "OutcropCommand",
      dependencies: [
        "Outcrop", "OutcropBench",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(name: "OutcropBLASTests", dependencies: ["OutcropBLAS"]),
    .target(
      name: "OutcropTestSupport", dependencies: ["OutcropBLAS", "OutcropTensor"],
      path: "Tests/OutcropTestSupport"),
    .testTarget(
      name: "OutcropTensorTests", dependencies: ["OutcropTensor", "OutcropTestSupport"],
      resources: [.copy("Files/Truth"), .copy("TorchTruth")]),
    .testTarget(
      name: "OutcropGraphTests", dependencies: ["OutcropGraph"],
      exclude: ["Scripts"], resources: [.copy("Truth")]),
    .testTarget(
      name: "OutcropModelsTests", dependencies: ["OutcropModels", "OutcropTestSupport"],
      resources: [.copy("Truth")]),
    .testTarget(
      name: "OutcropStatisticsTests", dependencies: ["OutcropBLAS", "OutcropStatistics"],
      exclude: ["Scripts"], resources: [.copy("Truth")]),
    .testTarget(name: "OutcropReportTests", dependencies: ["OutcropReport"]),
    .testTarget(
      name: "OutcropExperimentsTests", dependencies: ["OutcropExperiments"],
      exclude: ["Scripts"], resources: [.copy("Truth")]),
    .testTarget(name: "OutcropBenchTests", dependencies: ["OutcropBench"]),
    .testTarget(
      name: "OutcropCommandTests", dependencies: ["OutcropCommand", "OutcropTestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
