#!/bin/sh
# Prints what the built distribution costs: start, memory, size, calls per second; and the same of
# kube-apiserver on etcd where PATH has one. BENCH_OBJECTS (100000) is the longest list. Build first
# (./mvnw package). Arguments are passed on to Maven, for example -Dcroft.home=DIR.
set -eu
cd -- "$(dirname -- "$0")/.."
exec ./mvnw -q -B -pl smoke-tests -am process-test-classes -Dbench.phase=process-test-classes "$@"
