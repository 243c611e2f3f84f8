#!/usr/bin/env bash
# Checks the protos with buf: lint, format, and breaking changes against an earlier commit. buf comes from npm, pinned in
# tools/buf/package-lock.json; its binary is part of the package, so no install script runs. `cargo build` needs none of
# this.
#
#   scripts/buf.sh               lint, format, breaking
#   scripts/buf.sh ARGUMENTS…    passes them to the pinned buf, such as `format -w` or `generate`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly TOOLS=tools/buf

install_buf() {
    local stamp=$TOOLS/node_modules/.sigma-lock
    if ! cmp -s "$TOOLS/package-lock.json" "$stamp"; then
        (cd "$TOOLS" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
        cp "$TOOLS/package-lock.json" "$stamp"
    fi
}

buf() {
    "$TOOLS/node_modules/.bin/buf" "$@"
}

# Only this process tree: a checkout that another user owns is fine to read.
trust_checkout() {
    local count=${GIT_CONFIG_COUNT:-0}
    export GIT_CONFIG_COUNT=$((count + 1))
    export "GIT_CONFIG_KEY_$count=safe.directory" "GIT_CONFIG_VALUE_$count=*"
}

# Where this branch left main; on main itself the commit before.
base_commit() {
    local head base main
    head=$(git rev-parse --verify --quiet HEAD) || return 1
    for main in origin/main main; do
        base=$(git merge-base HEAD "$main" 2>/dev/null) || continue
        if [ "$base" != "$head" ]; then
            echo "$base"
            return
        fi
    done
    git rev-parse --verify --quiet 'HEAD~1^{commit}'
}

breaking() {
    if ! command -v git >/dev/null || ! [ -e .git ]; then
        echo "buf: not a git checkout, so there is no earlier state to compare with; going on"
        return
    fi
    trust_checkout
    local base
    if ! base=$(base_commit) || [ -z "$(git ls-tree --name-only "$base" proto/sigma/ 2>/dev/null)" ]; then
        echo "buf: no earlier commit has protos, so nothing can break yet; going on"
        return
    fi
    echo "buf: comparing with commit $base"
    buf breaking --against ".git#ref=$base"
}

install_buf
if [ $# -gt 0 ]; then
    buf "$@"
    exit
fi
buf lint
buf format --diff --exit-code --exclude-path proto/google
breaking
echo "buf: protos are in order"
