#!/usr/bin/env bash
# Mutation testing of what decides whether a request or an address is let through: `crypto`, `domain/access` and
# `domain/egress`. cargo-mutants changes one place of the code at a time, and a test has to fail. The whole crate takes a
# minute to build, and there are 400 changes, so the modules, which use nothing else of the crate, are built by themselves.
# At least 95 % of the changes must be noticed.
#
#   scripts/mutants.sh                  everything
#   scripts/mutants.sh -f 'src/crypto/*'    some of it; any options of cargo-mutants
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v cargo-mutants >/dev/null || {
    echo 'cargo-mutants is missing; install it with: cargo install cargo-mutants --locked' >&2
    exit 1
}

copy=$PWD/target/mutants
mkdir -p "$copy"
rm -rf "${copy:?}"/{src,tests,docs,.cargo,mutants.out}
mkdir -p "$copy"/src "$copy"/tests
cp -r src/domain src/crypto src/error.rs "$copy/src/"
cp -r tests/fuzz "$copy/tests/"
cp -r docs .cargo Cargo.lock "$copy/"
cat >"$copy/src/lib.rs" <<'END'
//! What is tested.
#![allow(dead_code)]
pub mod crypto;
pub mod domain;
pub mod error;
#[cfg(test)]
#[path = "../tests/fuzz/harness.rs"]
mod fuzz;
END
crates='serde serde_json chrono chrono-tz croner regex regex-syntax unicode-segmentation unicode-normalization
    serde-saphyr uuid thiserror hmac sha2 hex base64 chacha20poly1305 getrandom zeroize secrecy url cel proptest'
{
    printf '[package]\nname = "mutants"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\n'
    for crate in $crates; do
        grep -m 1 "^$crate = " Cargo.toml
    done
    printf '[profile.dev]\ndebug = false\n[profile.dev.package."*"]\nopt-level = 1\n'
} >"$copy/Cargo.toml"

if [ $# -eq 0 ]; then
    set -- -f 'src/crypto/**' -f src/domain/access.rs -f 'src/domain/access/**' -f src/domain/egress.rs
fi
cd "$copy"
status=0
cargo mutants --in-place --no-shuffle --minimum-test-timeout 60 "$@" -- --lib || status=$?
# 2: some were not noticed, 3: some ran out of time.
case $status in 0 | 2 | 3) ;; *) exit "$status" ;; esac
count() { wc -l <"mutants.out/$1.txt"; }
caught=$(($(count caught) + $(count timeout)))
all=$((caught + $(count missed)))
echo "mutants: $caught of $all noticed, $(count unviable) do not compile"
[ $((caught * 100)) -ge $((all * 95)) ]
