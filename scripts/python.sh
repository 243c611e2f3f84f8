#!/usr/bin/env bash
# Installs the Python packages that `cargo test` runs against the service: those of tools/NAME/requirements.txt, into
# tools/NAME/python. Each is pinned with the sums of its files, and no install script runs. `cargo build` needs none of
# this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../tools/$1"

# What is installed is that of the file it was installed from.
if ! cmp -s requirements.txt python/.sigma-lock; then
    rm -rf python
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes \
        --only-binary :all: --target python --requirement requirements.txt
    cp requirements.txt python/.sigma-lock
fi
echo "$1: the Python packages are installed"
