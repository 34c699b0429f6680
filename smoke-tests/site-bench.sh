#!/bin/sh
# Prints how long a first host takes from the command until it is ready, and one that joins; and what both take of the
# processor, memory and disk while nobody asks them anything. Beside k3s on a database of its own, where PATH has one.
# BENCH_ROUNDS (5) and BENCH_SECONDS (120, of idling) make it shorter or longer. Build first (./mvnw package). Arguments
# are passed on to Maven.
set -eu
cd -- "$(dirname -- "$0")/.."
exec ./mvnw -q -B -pl smoke-tests -am process-test-classes -Dbench.phase=process-test-classes \
  -Dbench.class=io.croft.smoke.SiteBench "$@"
