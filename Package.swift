// swift-tools-version: 6.2
import PackageDescription

// `--traits MPI` adds the commands that several processes share, on the MPI that pkg-config finds as `mpi`, or as
// OUTCROP_MPI says: ompi-c (Open MPI) or mpich.
let withMPI = TargetDependencyCondition.when(traits: ["MPI"])
let mpi = Context.environment["OUTCROP_MPI"] ?? "mpi"

let package = Package(
  name: "Outcrop",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Outcrop", targets: ["Outcrop"]),
    .library(name: "OutcropCore", targets: ["OutcropCore"]),
    .library(name: "OutcropBLAS", targets: ["OutcropBLAS"]),
    .library(name: "OutcropFiles", targets: ["OutcropFiles"]),
    .library(name: "OutcropStatistics", targets: ["OutcropStatistics"]),
    .library(name: "OutcropTensor", targets: ["OutcropTensor"]),
    .library(name: "OutcropNN", targets: ["OutcropNN"]),
    .library(name: "OutcropGraph", targets: ["OutcropGraph"]),
    .library(name: "OutcropDatasets", targets: ["OutcropDatasets"]),
    .library(name: "OutcropModels", targets: ["OutcropModels"]),
    .library(name: "OutcropVerification", targets: ["OutcropVerification"]),
    .library(name: "OutcropReport", targets: ["OutcropReport"]),
    .library(name: "OutcropExperiments", targets: ["OutcropExperiments"]),
    .library(name: "OutcropDistributed", targets: ["OutcropDistributed"]),
    .executable(name: "outcrop", targets: ["OutcropCommand"]),
  ],
  traits: [
    .trait(
      name: "MPI", description: "Work shared by processes on one or many machines, through MPI.")
  ],
  dependencies: [
    // Both are used only by the command line; the libraries need only OpenBLAS, LAPACKE and zlib.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", "5.0.1"..<"7.0.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "lapacke openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"]), .brew(["openblas", "lapack"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CMPI", pkgConfig: mpi, providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .target(name: "CKernels"),
    .target(
      name: "CRanks", dependencies: [.byName(name: "CMPI", condition: withMPI)],
      cSettings: [.define("OUTCROP_MPI", .when(traits: ["MPI"]))]),

    .target(name: "OutcropCore", dependencies: ["CKernels", "CZlib"]),
    .target(name: "OutcropDistributed", dependencies: ["CRanks", "OutcropCore"]),
    .target(name: "OutcropBLAS", dependencies: ["COpenBLAS", "CKernels", "OutcropCore"]),
    .target(name: "OutcropFiles", dependencies: ["CZlib", "OutcropCore"]),
    .target(name: "OutcropStatistics", dependencies: ["CKernels", "OutcropCore"]),
    .target(
      name: "OutcropTensor",
      dependencies: ["CKernels", "OutcropCore", "OutcropBLAS", "OutcropFiles"]),
    .target(
      name: "OutcropNN",
      dependencies: ["CKernels", "OutcropCore", "OutcropFiles", "OutcropTensor"]),
    .target(name: "OutcropGraph", dependencies: ["OutcropCore", "OutcropBLAS"]),
    .target(name: "OutcropDatasets", dependencies: ["OutcropCore", "OutcropGraph"]),
    .target(
      name: "OutcropModels",
      dependencies: [
        "CKernels", "OutcropCore", "OutcropBLAS", "OutcropFiles", "OutcropStatistics",
        "OutcropTensor", "OutcropNN", "OutcropGraph",
      ]),
    .target(
      name: "OutcropVerification",
      dependencies: [
        "OutcropCore", "OutcropFiles", "OutcropStatistics", "OutcropTensor", "OutcropNN",
        "OutcropGraph", "OutcropModels",
      ]),
    .target(name: "OutcropReport", dependencies: ["OutcropCore", "OutcropStatistics"]),
    .target(
      name: "OutcropExperiments",
      dependencies: [
        "OutcropCore", "OutcropFiles", "OutcropStatistics", "OutcropTensor", "OutcropNN",
        "OutcropGraph", "OutcropDatasets", "OutcropModels", "OutcropReport",
      ]),
    .target(
      name: "Outcrop",
      dependencies: [
        "OutcropCore", "OutcropBLAS", "OutcropFiles", "OutcropStatistics", "OutcropTensor",
        "OutcropNN", "OutcropGraph", "OutcropDatasets", "OutcropModels", "OutcropVerification",
        "OutcropReport", "OutcropExperiments",
      ]),
    .target(
      name: "OutcropBench",
      dependencies: [
        "OutcropCore", "OutcropBLAS", "OutcropStatistics", "OutcropTensor", "OutcropNN",
        "OutcropGraph", "OutcropDatasets", "OutcropModels", "OutcropReport",
      ]),
    .executableTarget(
      name: "OutcropCommand",
      dependencies: [
        "Outcrop", "OutcropBench", .byName(name: "OutcropDistributed", condition: withMPI),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ]),

    .executableTarget(
      name: "OutcropFuzz",
      dependencies: [
        "OutcropCore", "OutcropFiles", "OutcropStatistics", "OutcropNN", "OutcropGraph",
        "OutcropDatasets", "OutcropModels", "OutcropReport", "OutcropExperiments",
      ]),
    .target(
      name: "OutcropTestSupport",
      dependencies: ["CZlib", "OutcropCore", "OutcropFiles", "OutcropTensor", "OutcropGraph"],
      path: "Tests/OutcropTestSupport"),
    .testTarget(name: "OutcropCoreTests", dependencies: ["OutcropCore", "OutcropTestSupport"]),
    .testTarget(
      name: "OutcropBLASTests",
      dependencies: ["CKernels", "OutcropCore", "OutcropBLAS", "OutcropTestSupport"],
      resources: [.copy("LinearAlgebra/Truth")]),
    .testTarget(
      name: "OutcropFilesTests",
      dependencies: [
        "CZlib", "OutcropCore", "OutcropFiles", "OutcropTensor", "OutcropTestSupport",
      ],
      resources: [.copy("Truth")]),
    .testTarget(
      name: "OutcropStatisticsTests",
      dependencies: ["OutcropCore", "OutcropStatistics", "OutcropTestSupport"],
      exclude: ["Scripts"], resources: [.copy("Truth")]),
    .testTarget(
      name: "OutcropTensorTests",
      dependencies: [
        "CKernels", "OutcropCore", "OutcropBLAS", "OutcropTensor", "OutcropTestSupport",
      ],
      resources: [.copy("TorchTruth")]),
    .testTarget(
      name: "OutcropNNTests",
      dependencies: [
        "OutcropCore", "OutcropFiles", "OutcropTensor", "OutcropNN", "OutcropTestSupport",
      ],
      resources: [.copy("Truth")]),
    .testTarget(
      name: "OutcropGraphTests",
      dependencies: ["OutcropCore", "OutcropGraph", "OutcropDatasets", "OutcropTestSupport"],
      exclude: ["Scripts"], resources: [.copy("Truth")]),
    .testTarget(
      name: "OutcropDatasetsTests",
      dependencies: ["OutcropCore", "OutcropGraph", "OutcropDatasets", "OutcropTestSupport"],
      exclude: ["Scripts"], resources: [.copy("Truth")]),
    .testTarget(
      name: "OutcropModelsTests",
      dependencies: [
        "OutcropCore", "OutcropFiles", "OutcropTensor", "OutcropNN", "OutcropGraph",
        "OutcropDatasets", "OutcropModels", "OutcropReport", "OutcropTestSupport",
      ],
      resources: [.copy("Truth")]),
    .testTarget(
      name: "OutcropVerificationTests",
      dependencies: [
        "OutcropCore", "OutcropFiles", "OutcropTensor", "OutcropNN", "OutcropGraph",
        "OutcropDatasets", "OutcropModels", "OutcropVerification", "OutcropTestSupport",
      ],
      exclude: ["Scripts"], resources: [.copy("Golden")]),
    .testTarget(
      name: "OutcropReportTests",
      dependencies: ["OutcropCore", "OutcropStatistics", "OutcropReport"]),
    .testTarget(
      name: "OutcropExperimentsTests",
      dependencies: [
        "OutcropCore", "OutcropFiles", "OutcropStatistics", "OutcropTensor", "OutcropNN",
        "OutcropGraph", "OutcropDatasets", "OutcropModels", "OutcropReport", "OutcropExperiments",
        "OutcropTestSupport",
      ],
      exclude: ["Scripts"], resources: [.copy("Truth")]),
    .testTarget(name: "OutcropBenchTests", dependencies: ["OutcropCore", "OutcropBench"]),
    .testTarget(
      name: "OutcropCommandTests",
      dependencies: [
        "OutcropCore", "OutcropBLAS", "OutcropFiles", "OutcropTensor", "OutcropGraph",
        "OutcropDatasets", "OutcropModels", "OutcropReport", "OutcropCommand", "OutcropTestSupport",
      ]),
  ],
  swiftLanguageModes: [.v6]
)

// The plugin is needed only to preview the documentation; packages that depend on this one do not fetch it.
// CONTRIBUTING.md shows the command.
if Context.environment["OUTCROP_DOCC"] == "1" {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
