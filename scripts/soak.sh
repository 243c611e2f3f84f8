#!/usr/bin/env bash
# The long form of the soak (tests/soak): worker processes that are killed and stopped, a database that stops at once,
# faults in a large school. About 20 minutes on two cores. Everything it starts is stopped by its own process id, and
# nothing listens but on 127.0.0.1.
#
#   scripts/soak.sh            all parts
#   scripts/soak.sh kill stall only parts whose names hold one of the words
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/need.sh rust c postgres
TEST_SOAK=long exec scripts/postgres.sh run cargo test --locked --test soak -- "$@"
