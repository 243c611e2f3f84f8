#!/usr/bin/env bash
# Installs Zoho's own clients, for Python and for Node, which `cargo test` runs against the emulated Zoho CRM. Both are pinned
# in tools/zoho with the sums of their files, and so is all that they need; no install script runs. `cargo build` needs none
# of this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../tools/zoho"

# What is installed is that of the files it was installed from.
is_there() {
    cmp -s "$1" "$2/.sigma-lock"
}

if ! is_there package-lock.json node_modules; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.sigma-lock
fi
if ! is_there requirements.txt python; then
    rm -rf python
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes \
        --only-binary :all: --target python --requirement requirements.txt
    cp requirements.txt python/.sigma-lock
fi
echo "zoho: Zoho's own clients are installed"
