// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 mode, warnings are errors, and an `async` function without an isolation of its
/// own runs on its caller's executor, so that nothing leaves the event loop's thread by accident.
let houseSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// Of tests, whose expectations take the optimiser longer than they take to run without it. Not of those in which the
/// simulation is, which plays for minutes.
let testSettings = houseSettings + [.unsafeFlags(["-Onone"])]

let package = Package(
  name: "cache-gateway",
  products: [
    .executable(name: "cache-gateway", targets: ["CacheGateway"]),
    .library(name: "GatewayCore", targets: ["GatewayCore"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .target(name: "CLinux"),
    .target(name: "CDirectBody"),
    .target(
      name: "GatewayCore",
      dependencies: [
        "CLinux",
        "CXXHash",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: houseSettings),
    .executableTarget(
      name: "CacheGateway",
      dependencies: [
        "CMicroHTTPD",
        "CDirectBody",
        "CLinux",
        "GatewayCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
      ],
      resources: [.embedInCode("Resources/openapi.yaml")],
      swiftSettings: houseSettings,
      // In place of the C library's malloc, whose caches hold seven blocks of a size: too few for the requests of a turn.
      linkerSettings: [.linkedLibrary("tcmalloc_minimal")]),
    .target(
      name: "HistoryChecker", dependencies: ["GatewayCore"], path: "Tests/HistoryChecker",
      swiftSettings: houseSettings),
    .executableTarget(
      name: "check-history",
      dependencies: [
        "GatewayCore",
        "HistoryChecker",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/CheckHistory", swiftSettings: houseSettings),
    .target(name: "CAllocationCounter", path: "Benchmarks/AllocationCounter"),
    .executableTarget(
      name: "micro-benchmarks",
      dependencies: [
        "CAllocationCounter",
        "GatewayCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Benchmarks/Micro", swiftSettings: houseSettings),
    .executableTarget(
      name: "scale-model",
      dependencies: [
        "GatewayCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/Scale", swiftSettings: houseSettings),
    .testTarget(
      name: "HistoryCheckerTests", dependencies: ["GatewayCore", "HistoryChecker", "check-history"],
      swiftSettings: testSettings),
    .testTarget(
      name: "GatewayCoreTests", dependencies: ["GatewayCore", "HistoryChecker"],
      swiftSettings: houseSettings),
    .testTarget(
      name: "CacheGatewayTests", dependencies: ["CDirectBody", "CLinux", "CacheGateway", "GatewayCore"],
      swiftSettings: testSettings),
  ]
)
