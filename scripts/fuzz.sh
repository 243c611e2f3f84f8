#!/usr/bin/env bash
# Runs each target of tests/fuzz for a while (FUZZ_SECONDS, 600 if it is not set), one after the other, each time with
# other inputs. The seed is printed: FUZZ_SEED and FUZZ_RUNS repeat a run or a single input.
#
#   scripts/fuzz.sh               all targets
#   scripts/fuzz.sh egress        those whose path has this word
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export FUZZ_SECONDS=${FUZZ_SECONDS:-600}

word=${1:-}
targets=$(cargo test --locked --quiet --lib -- fuzz:: --list | sed -n 's/: test$//p' | grep -v '^fuzz::' | grep -F -- "$word")
for target in $targets; do
    echo "== $target"
    cargo test --locked --quiet --lib -- --exact "$target" --nocapture
done
