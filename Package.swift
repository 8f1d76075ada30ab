// swift-tools-version: 6.3
import PackageDescription

/// The rules of every Swift target: Swift 6 concurrency, explicit existentials and imports.
///
/// `make test` sets ISLET_STRICT, so that no warning is left in what lands; a user's newer compiler may know more of them.
let strict: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (Context.environment["ISLET_STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : [])

/// The shipped library only: everything static but the C libraries, one exported name, never unmapped.
let pluginLink: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-static-stdlib", "-use-ld=lld",
      "-Xlinker", "--version-script=\(Context.packageDirectory)/Plugin/exports.map",
      "-Xlinker", "-Bsymbolic",
      "-Xlinker", "-z", "-Xlinker", "defs",
      "-Xlinker", "-z", "-Xlinker", "nodelete",
    ], .when(platforms: [.linux], configuration: .release))
]

let gdcm = ["gdcmMSFF", "gdcmDSED", "gdcmDICT", "gdcmCommon"].map { LinkerSetting.linkedLibrary($0) }

// Targets stand in the order of the data's way; ARCHITECTURE.md says who may import whom, a test holds it.
let package = Package(
  name: "islet",
  products: [
    .library(name: "IsletPlugin", type: .dynamic, targets: ["Entry"]),
    .executable(name: "islet", targets: ["islet"]),
    .executable(name: "islet-worker", targets: ["islet-worker"]),
    .executable(name: "islet-dicom", targets: ["islet-dicom"]),
    .executable(name: "islet-engine", targets: ["islet-engine"]),
    .executable(name: "islet-engine-benchmark", targets: ["islet-engine-benchmark"]),
    .executable(name: "islet-bundle-mutations", targets: ["islet-bundle-mutations"]),
    .executable(name: "islet-hostile-images", targets: ["islet-hostile-images"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
  ],
  targets: [
    // The promise to hosts, and the code behind it.
    .systemLibrary(name: "CIslet", path: "Plugin/include"),
    .target(
      name: "Entry", dependencies: ["CIslet", "Bridge"], path: "Plugin/Entry", swiftSettings: strict,
      linkerSettings: pluginLink),
    .target(
      name: "Bridge",
      dependencies: ["CIslet", "CoarseToFine", "Confidence", "Isolation", "Networks", "Segmentation", "Volumes"],
      path: "Plugin/Bridge", swiftSettings: strict),
    .target(name: "Isolation", dependencies: ["CHostSystem"], path: "Plugin/Isolation", swiftSettings: strict),
    .executableTarget(
      name: "islet-worker", dependencies: ["Bridge", "Isolation"],
      path: "Plugin/Worker", swiftSettings: strict),
    .target(
      name: "Segmentation", dependencies: ["CoarseToFine", "Confidence", "ModelBundle", "Networks", "Volumes"],
      swiftSettings: strict),
    .target(name: "CoarseToFine", dependencies: ["Volumes"], swiftSettings: strict),
    .target(name: "Confidence", dependencies: ["Volumes"], swiftSettings: strict),
    .target(name: "Networks", dependencies: ["CDNNL", "CEngineLibrary", "CFilters"], swiftSettings: strict),
    // Optimised in debug builds too: tests compute whole networks.
    .target(
      name: "CFilters", exclude: ["kernels.inc"],
      cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
    .target(
      name: "ModelBundle", dependencies: ["CLZ4", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),
    .target(name: "Volumes", swiftSettings: strict),
    .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
    .target(name: "CEngineLibrary", linkerSettings: [.linkedLibrary("dl")]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),

    // The host side: what a viewer would do, and the command line.
    .target(name: "HostClient", dependencies: ["CIslet", "Volumes"], swiftSettings: strict),
    .target(name: "ImageFiles", dependencies: ["CZlib", "DicomSeries", "Volumes"], swiftSettings: strict),
    .target(name: "ResultFiles", dependencies: ["DicomSeries", "ImageFiles", "Volumes"], swiftSettings: strict),
    .target(name: "DicomSeries", dependencies: ["CHostSystem", "CZlib", "Volumes"], swiftSettings: strict),
    .executableTarget(name: "islet-dicom", path: "Sources/DicomReader", linkerSettings: gdcm),
    .target(name: "Conformance", dependencies: ["CHostSystem", "CIslet"], swiftSettings: strict),
    .target(name: "Cohort", swiftSettings: strict),
    .target(name: "Phantom", dependencies: ["Volumes"], swiftSettings: strict),
    .target(name: "Evaluation", dependencies: ["Volumes"], swiftSettings: strict),
    .target(name: "Pictures", dependencies: ["CJPEG", "Evaluation", "Volumes"], swiftSettings: strict),
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CHostSystem"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .executableTarget(
      name: "islet",
      dependencies: [
        "Cohort", "Conformance", "DicomSeries", "Evaluation", "HostClient", "ImageFiles", "ModelBundle", "Phantom",
        "Pictures",
        "ResultFiles", "Volumes",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: strict),
    .target(
      name: "HostileImages", dependencies: ["DicomSeries", "ImageFiles", "Volumes"],
      path: "Integration/hostile/images/cases", swiftSettings: strict),
    .executableTarget(
      name: "islet-hostile-images", dependencies: ["DicomSeries", "HostileImages", "ImageFiles", "Volumes"],
      path: "Integration/hostile/images/tool", swiftSettings: strict),
    .executableTarget(
      name: "islet-engine", dependencies: ["CoarseToFine", "ModelBundle", "Networks", "Segmentation", "Volumes"],
      path: "Sources/EngineProcess", swiftSettings: strict),
    .executableTarget(
      name: "islet-engine-benchmark", dependencies: ["CDNNL", "Networks"], path: "Integration/benchmarks/engine",
      swiftSettings: strict),

    // Hostile bundles from seeds, and their run in processes of its own.
    .target(
      name: "BundleMutations",
      dependencies: ["CLZ4", "ModelBundle", .product(name: "Crypto", package: "swift-crypto")],
      path: "Integration/hostile/mutations", swiftSettings: strict),
    .target(name: "Allocations", path: "Integration/hostile/allocations"),
    .executableTarget(
      name: "islet-bundle-mutations", dependencies: ["Allocations", "BundleMutations"],
      path: "Integration/hostile/run", swiftSettings: strict),

    .testTarget(name: "VolumesTests", dependencies: ["Volumes"], swiftSettings: strict),
    .testTarget(
      name: "NetworksTests", dependencies: ["Networks", "islet-engine-benchmark"], resources: [.copy("Golden")],
      swiftSettings: strict),
    .testTarget(
      name: "ModelBundleTests", dependencies: ["BundleMutations", "ModelBundle"], swiftSettings: strict),
    .testTarget(
      name: "ImportTests", dependencies: ["CoarseToFine", "ModelBundle", "Networks", "Segmentation", "Volumes"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(name: "CoarseToFineTests", dependencies: ["CoarseToFine", "Volumes"], swiftSettings: strict),
    .testTarget(name: "ConfidenceTests", dependencies: ["Confidence", "Volumes"], swiftSettings: strict),
    .testTarget(
      name: "SegmentationTests",
      dependencies: ["Segmentation", "Confidence", "CoarseToFine", "ModelBundle", "Networks", "Volumes"],
      swiftSettings: strict),
    .testTarget(
      name: "ImageFilesTests", dependencies: ["ImageFiles", "DicomSeries", "HostileImages", "Volumes", "islet-dicom"],
      resources: [.copy("Syntaxes")], swiftSettings: strict),
    .testTarget(
      name: "ResultFilesTests", dependencies: ["DicomSeries", "ImageFiles", "ResultFiles", "Volumes"],
      swiftSettings: strict),
    .testTarget(name: "HostClientTests", dependencies: ["HostClient", "Volumes"], swiftSettings: strict),
    .testTarget(name: "CohortTests", dependencies: ["Cohort"], swiftSettings: strict),
    .testTarget(name: "PhantomTests", dependencies: ["Phantom", "Volumes"], swiftSettings: strict),
    .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "Volumes"], swiftSettings: strict),
    .testTarget(
      name: "PicturesTests", dependencies: ["CJPEG", "Evaluation", "Pictures", "Volumes"], swiftSettings: strict),
    .testTarget(
      name: "PluginTests",
      dependencies: ["Bridge", "CIslet", "Isolation", "ModelBundle", "Segmentation", "islet-worker"],
      swiftSettings: strict),
    .testTarget(
      name: "HarnessTests", dependencies: ["Cohort", "Conformance", "ImageFiles", "ModelBundle", "Volumes"],
      swiftSettings: strict),
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6], cxxLanguageStandard: .cxx17
)

// libFuzzer brings its own main, so these targets exist for `make fuzz` only.
if Context.environment["ISLET_FUZZ"] == "1" {
  for name in ["dicom", "nifti", "nrrd"] {
    package.targets.append(
      .executableTarget(
        name: "fuzz-\(name)", dependencies: ["DicomSeries", "ImageFiles"], path: "Integration/fuzz/\(name)",
        swiftSettings: strict + [.unsafeFlags(["-parse-as-library", "-sanitize=fuzzer,address"])],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]))
  }
}
