#!/usr/bin/env bash
# Installs Zoho's own clients, for Python and for Node, which `cargo test` runs against the emulated Zoho CRM. Both are pinned
# in tools/zoho with the sums of their files, and so is all that they need; no install script runs. `cargo build` needs none
# of this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../tools/zoho"

# What is installed is that of the file it was installed from.
if ! cmp -s package-lock.json node_modules/.sigma-lock; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.sigma-lock
fi
../../scripts/python.sh zoho
echo "zoho: Zoho's own clients are installed"
