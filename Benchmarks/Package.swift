// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "OutcropBenchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Outcrop", path: "..")],
  targets: [
    // Reading published formats; see read.sh. Everything else is measured by `outcrop bench`.
    .executableTarget(
      name: "read", dependencies: [.product(name: "OutcropGraph", package: "Outcrop")])
  ],
  swiftLanguageModes: [.v6]
)
