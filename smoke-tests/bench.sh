#!/bin/sh
# Prints what the built distribution costs: start, memory, size, calls per second. Build it first
# (mvn package). Arguments are passed on to Maven, for example -Dcroft.home=DIR.
set -eu
cd -- "$(dirname -- "$0")/.."
exec mvn -q -B -pl smoke-tests test-compile exec:exec@bench "$@"
