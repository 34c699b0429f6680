#!/bin/sh
# Prints what memory the built distribution holds while it answers ten million mixed calls. BENCH_OPERATIONS says how
# many, BENCH_RATE how many a second (0: as many as it can), BENCH_CLIENTS (8) how many at a time. Build first
# (./mvnw package). Arguments are passed on to Maven, for example -Dcroft.binary=PATH for the native binary.
set -eu
cd -- "$(dirname -- "$0")/.."
exec ./mvnw -q -B -pl smoke-tests -am process-test-classes -Dbench.phase=process-test-classes \
  -Dbench.class=io.croft.smoke.SoakBench "$@"
