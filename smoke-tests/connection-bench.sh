#!/bin/sh
# Prints what open connections cost the built distribution: idle ones and watches, in heap and resident memory.
# BENCH_CONNECTIONS (10000) and BENCH_WATCHES (1000) are how many; both together are open at the end. The gateway's limit is
# 12,000, and as many files must be allowed to each of the two processes. Build first (./mvnw package). Arguments are passed on to Maven.
set -eu
cd -- "$(dirname -- "$0")/.."
exec ./mvnw -q -B -pl smoke-tests -am process-test-classes -Dbench.phase=process-test-classes \
  -Dbench.class=io.croft.smoke.ConnectionBench "$@"
