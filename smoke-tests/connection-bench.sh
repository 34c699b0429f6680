#!/bin/sh
# Prints what open connections cost the built distribution: idle ones and watches, in heap and resident memory.
# BENCH_CONNECTIONS (8900) and BENCH_WATCHES (1000) are how many; 10,000 is the gateway's limit, and twice as many files
# must be allowed. Build first (./mvnw package). Arguments are passed on to Maven.
set -eu
cd -- "$(dirname -- "$0")/.."
exec ./mvnw -q -B -pl smoke-tests -am process-test-classes -Dbench.phase=process-test-classes \
  -Dbench.class=io.croft.smoke.ConnectionBench "$@"
