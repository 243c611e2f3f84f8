#!/usr/bin/env bash
# Everything that decides whether a change may go in, on a machine where nothing is prepared: installs what is missing,
# runs the checks in order of cheapness, then every test on SQLite and on a private PostgreSQL, and stops what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# One profile, no incremental data: a checkout that is tested once gains nothing from it.
export CARGO_INCREMENTAL=0
# Most tests wait for servers that they started, so more of them than processors fit side by side.
RUST_TEST_THREADS=$(($(nproc) * 2))
export RUST_TEST_THREADS

step() {
    local since=$SECONDS
    echo "== $1"
    shift
    "$@"
    echo "-- $((SECONDS - since)) s"
}

widget_in_a_browser() {
    cargo build --locked
    scripts/widget.sh test
}

step "tools" scripts/need.sh
step "import table" make --no-print-directory arch
step "format" cargo fmt --all --check
step "protos" scripts/buf.sh
step "dependencies" scripts/deny.sh
step "bill of materials" make --no-print-directory sbom
step "Zoho's own clients" scripts/zoho.sh
step "another signer" scripts/python.sh signing
step "widget" scripts/widget.sh check
step "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings
step "tests on SQLite and PostgreSQL" scripts/postgres.sh run scripts/valkey.sh run cargo test --locked --workspace
step "widget in a browser" widget_in_a_browser
step "soak, short form" scripts/postgres.sh run cargo test --locked --test soak
echo "== all passed"
