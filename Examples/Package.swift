// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "OutcropExamples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Outcrop", path: "..")],
  targets: [
    .executableTarget(
      name: "QuickStart", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "CustomModel", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "TwoMoons", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "CopyTask", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "OwnOperation", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "OwnData", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "PyTorchStateDict", dependencies: [.product(name: "Outcrop", package: "Outcrop")],
      exclude: ["encoder.safetensors"]),
    .executableTarget(
      name: "RidgeRegression", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "PCA", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "ZINCExample", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "TOX21Example", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
    .executableTarget(
      name: "PROTEINSExample", dependencies: [.product(name: "Outcrop", package: "Outcrop")]),
  ],
  swiftLanguageModes: [.v6]
)
