#!/bin/sh
# Compares the native binary with the distribution with Java, in one run: start, memory, size, calls per second.
# Name the binary: -Dcroft.binary=PATH. Build both first (./mvnw -Pnative package). Arguments are passed on to Maven.
set -eu
cd -- "$(dirname -- "$0")/.."
exec ./mvnw -q -B -pl smoke-tests -am process-test-classes -Dbench.phase=process-test-classes \
  -Dbench.class=io.croft.smoke.NativeBench "$@"
