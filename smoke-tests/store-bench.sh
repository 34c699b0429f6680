#!/bin/sh
# Compares the built store with etcd, and with kine on sqlite where KINE names its binary, in one run
# on the disk of the temporary directory. Build first (./mvnw package). Arguments are passed on to Maven.
# BENCH_ROUNDS (3) and BENCH_SECONDS (5, per load) make it shorter or longer.
set -eu
cd -- "$(dirname -- "$0")/.."
exec ./mvnw -q -B -pl smoke-tests -am process-test-classes -Dstore-bench.phase=process-test-classes "$@"
