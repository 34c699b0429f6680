#!/bin/sh
# Prints what certificates cost the built distribution: issued per second, calls of the API, memory.
# BENCH_CERTIFICATES (10000) is how many. Build first (./mvnw package). Arguments are passed on to Maven.
set -eu
cd -- "$(dirname -- "$0")/.."
exec ./mvnw -q -B -pl smoke-tests -am process-test-classes -Dbench.phase=process-test-classes \
  -Dbench.class=io.croft.smoke.CertificateBench "$@"
