#!/usr/bin/env bash
# Mutation testing of what decides whether a request or an address is let through: `crypto`, `domain/access`,
# `domain/egress`, and of the server its signature check and the addresses of clients (`server/auth`, `server/address`).
# cargo-mutants changes one place of the code at a time, and a test has to fail; at least 95 % of the changes must be
# noticed.
#
# The whole crate takes a minute to build, and there are more than 500 changes. So what is changed is copied into crates
# of its own, on top of the rest, which is built once: `rules` stands on the rest of `domain`, and `edge`, which is the
# folder `server`, on everything below it. Only the tests of the changed modules run.
#
#   scripts/mutants.sh                     everything
#   scripts/mutants.sh -f 'rules/**'       some of it; any options of cargo-mutants
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v cargo-mutants >/dev/null || {
    echo 'cargo-mutants is missing; install it with: cargo install cargo-mutants --locked' >&2
    exit 1
}

root=$PWD
copy=$root/target/mutants
rm -rf "${copy:?}"/{terms,whole,rules,edge,.cargo,mutants.out}
mkdir -p "$copy"
cp Cargo.lock "$copy/"
[ ! -d .cargo ] || cp -r .cargo "$copy/"

# A section of Cargo.toml. Paths in it are those of the root.
section() {
    sed -n "/^\[$1\]/,/^\[/{/^\[/!p}" Cargo.toml | sed -E "s#path = \"#&$root/#"
}
# A crate with the dependencies of the whole one, besides those in $2.
crate() {
    mkdir -p "$copy/$1/src"
    for file in build build.rs docs proto tests; do
        ln -s "$root/$file" "$copy/$1/$file"
    done
    {
        printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\nautotests = false\n' "$1"
        # Only the whole one has generated code.
        [ "$1" = whole ] || printf 'build = false\n'
        printf '[features]\n%s\n[dependencies]\n%s\n' "$(section features)" "$(section dependencies)"
        for other in $2; do printf '%s = { path = "../%s" }\n' "$other" "$other"; done
        printf '[build-dependencies]\n%s\n' "$(section build-dependencies)"
        printf '[dev-dependencies]\n%s\n' "$(section dev-dependencies)"
    } >"$copy/$1/Cargo.toml"
}
# The beginning of a crate that is tested: the fuzzer, which its tests use.
fuzzer='#[cfg(test)]
#[path = "../tests/fuzz/harness.rs"]
mod fuzz;'

{
    printf '[workspace]\nresolver = "3"\nmembers = ["terms", "whole", "rules", "edge"]\n'
    printf '[workspace.dependencies]\n%s\n' "$(section workspace.dependencies)"
    printf '[profile.dev]\ndebug = false\n[profile.dev.package."*"]\n%s\n' \
        "$(section 'profile.dev.package."\*"')"
} >"$copy/Cargo.toml"

# What is below the rules. It keeps its times, so that it is built again only when it has changed.
crate terms ''
ln -s "$root/src/domain" "$root/src/error.rs" "$copy/terms/src/"
printf 'pub mod domain;\npub mod error;\n' >"$copy/terms/src/lib.rs"
touch -r scripts/mutants.sh "$copy/terms/src/lib.rs"

# The rules: what stands here goes before what is taken over.
crate rules terms
mkdir "$copy/rules/src/domain"
cp -r src/crypto "$copy/rules/src/"
cp -r src/domain/{access,access.rs,egress.rs} "$copy/rules/src/domain/"
printf 'pub use terms::domain::*;\npub mod access;\npub mod egress;\n' >"$copy/rules/src/domain/mod.rs"
printf 'pub mod crypto;\npub mod domain;\npub use terms::error;\n%s\n' "$fuzzer" >"$copy/rules/src/lib.rs"

# What is below the edge: everything, with the same care for times. What only the crate sees is seen by the edge too.
crate whole ''
cp -rp src/. "$copy/whole/src/"
rm "$copy/whole/src/main.rs"
grep -rl 'pub(crate)' src | while read -r file; do
    sed -i 's/pub(crate)/pub/g' "$copy/whole/$file"
    touch -r "$file" "$copy/whole/$file"
done

# The edge.
crate edge whole
cp -r src/server "$copy/edge/src/"
printf 'pub use whole::*;\npub mod server;\n%s\n' "$fuzzer" >"$copy/edge/src/lib.rs"

if [ $# -eq 0 ]; then
    set -- -f 'rules/**' -f edge/src/server/auth.rs -f 'edge/src/server/auth/**' -f edge/src/server/address.rs
fi
cd "$copy"
status=0
cargo mutants --workspace --in-place --no-shuffle --minimum-test-timeout 60 "$@" -- \
    --lib -- crypto:: domain::access domain::egress server::auth server::address || status=$?
# 2: some were not noticed, 3: some ran out of time.
case $status in 0 | 2 | 3) ;; *) exit "$status" ;; esac
count() { wc -l <"mutants.out/$1.txt"; }
caught=$(($(count caught) + $(count timeout)))
all=$((caught + $(count missed)))
echo "mutants: $caught of $all noticed, $(count unviable) do not compile"
[ $((caught * 100)) -ge $((all * 95)) ]
