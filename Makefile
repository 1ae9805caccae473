# make run    install what is missing, build, and serve with three local memcached processes
# make test   install what is missing, build, and pass every test
# make bench  measure side by side with peers, on this machine
# make faults faults on real processes in network namespaces: 30 minutes, as root
# make soak   the simulation with many more histories
# make microbench, make scale   small parts of the core by themselves; pools larger than this machine

SWIFT ?= swift
PACKAGES = libmicrohttpd-dev libxxhash-dev libgoogle-perftools-dev memcached pkg-config
FAULTS_PACKAGES = iproute2 iptables faketime python3
COUNTS_PACKAGES = binutils python3 strace valgrind
BENCH_PACKAGES = nginx libnginx-mod-http-memc webdis redis-server haproxy gcc libc6-dev python3
TEST_PACKAGES = curl wrk ccache gcc make python3

# The standard library is linked in, so that the program runs where no Swift is installed. Exclusivity is
# checked at run time in the tests only: the checks stand on the hot path.
RELEASE = -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked
# For network namespaces.
AS_ROOT = $(if $(filter 0,$(shell id -u)),,sudo) env
# A folder of its own: the flags differ, and neither build throws away the other's work.
TEST = -c release --scratch-path .build/tests -Xswiftc -enable-testing
TEST_BINARY = .build/tests/release/cache-gateway

.PHONY: run build test unit-test acceptance counts faults lint bench microbench scale soak packages clean

run: build
	.build/release/cache-gateway $(ARGS)

build: packages
	$(SWIFT) build $(RELEASE) --product cache-gateway

packages:
	@Scripts/install-packages $(PACKAGES)

test: lint unit-test acceptance counts

# The simulation by itself: it takes all cores, and the gateways and nodes of the other tests need theirs.
unit-test: packages
	$(SWIFT) build $(TEST) --build-tests
	@Scripts/install-packages python3
	@Tests/tell-failures $(SWIFT) test $(TEST) --skip-build --disable-xctest --skip SimulationTests
	@Tests/tell-failures $(SWIFT) test $(TEST) --skip-build --disable-xctest --filter SimulationTests

# Real clients, real nodes, real faults: Tests/Acceptance/README.md.
acceptance: unit-test
	@Scripts/install-packages $(TEST_PACKAGES) $(FAULTS_PACKAGES)
	CACHE_GATEWAY_BINARY=$(TEST_BINARY) Tests/Acceptance/run

# Instructions, allocations and system calls of a request and of the core's small parts, against thresholds:
# Tests/Counts/README.md.
counts: unit-test
	@Scripts/install-packages $(COUNTS_PACKAGES)
	CACHE_GATEWAY_BINARY=$(TEST_BINARY) Tests/Counts/run --save .build/counts.json
	Tests/Counts/can-fail .build/counts.json

# Two gateways, three nodes, and what can befall them: Tests/Faults/README.md.
faults: packages
	@Scripts/install-packages $(FAULTS_PACKAGES)
	$(SWIFT) build $(TEST) --build-tests
	$(AS_ROOT) CACHE_GATEWAY_BINARY=$(TEST_BINARY) Tests/Faults/run $(ARGS)

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

bench: build
	@Scripts/install-packages $(BENCH_PACKAGES)
	Benchmarks/run $(ARGS)

# Small parts of the core by themselves: Benchmarks/README.md.
microbench: packages
	@Scripts/install-packages $(COUNTS_PACKAGES)
	$(SWIFT) build $(RELEASE) --product micro-benchmarks
	Benchmarks/microbench $(ARGS)

# Pools larger than this machine, by calculation: Benchmarks/README.md.
scale: build
	$(SWIFT) build $(RELEASE) --product scale-model
	Benchmarks/scale $(ARGS)

soak: packages
	$(SWIFT) build $(TEST) --build-tests
	SIMULATION_HISTORIES=100000 $(SWIFT) test $(TEST) --skip-build --disable-xctest --filter SimulationTests

clean:
	rm -rf .build
