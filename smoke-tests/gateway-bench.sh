#!/bin/sh
# Compares the built gateway with nginx and Caddy, where they are on the PATH, as TLS proxies in front of one service,
# in one run: HTTP/1.1 (wrk) and HTTP/2 (h2load), 1 KiB and 100 KiB, interleaved. The gateway knows and judges its caller.
# BENCH_ROUNDS (3), BENCH_WARMUPS (5) and BENCH_SECONDS (5, per load) make it shorter or longer; BENCH_LOADS ("h1 1k,h2 100k")
# and BENCH_PROXIES ("croft,caddy") choose. Build first (./mvnw package). Arguments are passed on to Maven.
set -eu
cd -- "$(dirname -- "$0")/.."
exec ./mvnw -q -B -pl smoke-tests -am process-test-classes -Dbench.phase=process-test-classes \
  -Dbench.class=io.croft.smoke.GatewayBench "$@"
