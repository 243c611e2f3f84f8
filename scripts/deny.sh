#!/usr/bin/env bash
# Holds the dependencies to deny.toml: licenses, sources, banned crates, and known vulnerabilities where a copy of the
# advisory database is at hand (`cargo deny fetch` makes one). Builds cargo-deny into target/tools when it is not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=0.20.2
if command -v cargo-deny >/dev/null; then
    deny=cargo-deny
else
    deny=target/tools/bin/cargo-deny
    if ! [ -x "$deny" ]; then
        # Without optimisation: it runs for a second and would take minutes more to build.
        CARGO_TARGET_DIR=target/tools/build cargo install --quiet --locked --debug --root target/tools \
            cargo-deny --version "$version"
        rm -rf target/tools/build
    fi
fi

# Licenses are read from the sources, of every platform.
cargo fetch --quiet --locked

database=${CARGO_HOME:-$HOME/.cargo}/advisory-dbs
if [ -d "$database" ]; then
    "$deny" --log-level error --offline --locked check --disable-fetch advisories
else
    echo "deny: known vulnerabilities are not checked: there is no copy of the advisory database in $database"
fi
"$deny" --log-level error --offline --locked check bans licenses sources
