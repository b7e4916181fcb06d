// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "OutcropBenchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Outcrop", path: "..")],
  targets: [
    // OpenBLAS itself, to measure what the library makes of it.
    .systemLibrary(
      name: "CPeerBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .executableTarget(
      name: "bench",
      dependencies: ["CPeerBLAS", .product(name: "Outcrop", package: "Outcrop")]),
    // Reading published formats; see read.sh.
    .executableTarget(
      name: "read", dependencies: [.product(name: "OutcropGraph", package: "Outcrop")]),
  ],
  swiftLanguageModes: [.v6]
)
