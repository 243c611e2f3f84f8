#!/usr/bin/env bash
# Builds, checks and tests the web application of widget/. Its built form, widget/dist, is committed, so that `cargo build`
# needs no Node; `check` builds it anew and fails when it differs.
#
#   scripts/widget.sh build       generated texts and code, then dist/
#   scripts/widget.sh check       the same, then fails on a difference to what is committed; types, lint, sizes, unit tests
#   scripts/widget.sh test        drives the real binary (SIGMA_BINARY) with the sandbox in the system's Chromium
#   scripts/widget.sh bench       its first meaningful paint beside that of the same page in bare Preact
#   scripts/widget.sh pictures    the pictures of the README, from those that the test took
#   scripts/widget.sh gen         only the code for the protos and the table of roles, under widget/src/gen
#   scripts/widget.sh dev         serves the page while it is written; SIGMA_SERVER names the server that answers it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly HOME_OF_PAGE=widget

install_packages() {
    local stamp=$HOME_OF_PAGE/node_modules/.sigma-lock
    if ! cmp -s "$HOME_OF_PAGE/package-lock.json" "$stamp"; then
        (cd "$HOME_OF_PAGE" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
        cp "$HOME_OF_PAGE/package-lock.json" "$stamp"
    fi
}

texts() {
    node "$HOME_OF_PAGE/scripts/texts.mjs"
}

generate() {
    scripts/buf.sh generate --template "$HOME_OF_PAGE/buf.gen.yaml" -o "$HOME_OF_PAGE" \
        --path proto/sigma/v1 --path proto/google/rpc/error_details.proto
    node "$HOME_OF_PAGE/scripts/roles.mjs"
}

bundle() {
    (cd "$HOME_OF_PAGE" && node_modules/.bin/vite build --logLevel warn)
}

unchanged() {
    local changed
    changed=$(git status --porcelain --untracked-files=all -- "$@")
    if [ -n "$changed" ]; then
        echo "widget: what is committed differs from what its sources give; run scripts/widget.sh build and commit:" >&2
        echo "$changed" >&2
        exit 1
    fi
}

case ${1:-} in
build)
    install_packages
    generate
    texts
    bundle
    node "$HOME_OF_PAGE/scripts/sizes.mjs"
    ;;
check)
    install_packages
    generate
    texts
    bundle
    (cd "$HOME_OF_PAGE" && node_modules/.bin/tsc -p . && node scripts/lint.mjs && node scripts/sizes.mjs &&
        node --test test/unit/)
    unchanged "$HOME_OF_PAGE/src/gen" "$HOME_OF_PAGE/dist"
    echo "widget: in order"
    ;;
test)
    install_packages
    texts
    # Two files at a time, each with a server and a browser of its own: they wait more than they work.
    (cd "$HOME_OF_PAGE" && node --test --test-concurrency=2 test/page/)
    ;;
bench)
    install_packages
    generate
    texts
    node "$HOME_OF_PAGE/bench/first-paint.mjs"
    ;;
pictures)
    install_packages
    node "$HOME_OF_PAGE/scripts/pictures.mjs"
    ;;
gen)
    install_packages
    generate
    ;;
dev)
    install_packages
    texts
    (cd "$HOME_OF_PAGE" && node_modules/.bin/vite)
    ;;
*)
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
