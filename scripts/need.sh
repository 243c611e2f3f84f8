#!/usr/bin/env bash
# Makes sure that the tools the checks use are there: as root on Debian or Ubuntu it installs the missing packages, each
# only when its command is missing; otherwise it names them and fails.
#
#   scripts/need.sh              everything that `make test` uses
#   scripts/need.sh rust node    only these (rust, c, node, chromium, postgres, pgbouncer, valkey, python, pip, certificates, curl)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

can_install() {
    [ "$(id -u)" -eq 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null
}

has() {
    case $1 in
    c) command -v cc >/dev/null && command -v make >/dev/null ;;
    curl) command -v curl >/dev/null ;;
    chromium) node widget/scripts/chromium.mjs >/dev/null 2>&1 ;;
    certificates) [ -s /etc/ssl/certs/ca-certificates.crt ] || [ "$(uname -s)" = Darwin ] ;;
    node) command -v node >/dev/null ;;
    npm) command -v npm >/dev/null ;;
    pgbouncer) PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v pgbouncer >/dev/null ;;
    pip) python3 -m pip --version >/dev/null 2>&1 ;;
    python) command -v python3 >/dev/null ;;
    postgres) scripts/postgres.sh bin >/dev/null 2>&1 ;;
    valkey) scripts/valkey.sh bin >/dev/null 2>&1 ;;
    esac
}

package_of() {
    case $1 in
    c) echo build-essential ;;
    certificates) echo ca-certificates ;;
    node) echo nodejs ;;
    pip) echo python3-pip ;;
    postgres) echo postgresql ;;
    python) echo python3 ;;
    # Debian has Valkey since its release 13; before it has Redis, which speaks the same language.
    valkey) if apt-cache show valkey-server >/dev/null 2>&1; then echo valkey-server; else echo redis-server; fi ;;
    *) echo "$1" ;;
    esac
}

updated=false
install_package() {
    if ! $updated; then
        apt-get update -qq
        updated=true
    fi
    echo "need: installing $1"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Options::=--force-confold "$1" >/dev/null
}

# The package would otherwise set up and start a server of its own, which would stay behind.
install_postgres() {
    local folder=/etc/postgresql-common/createcluster.d
    local file=$folder/sigma-sync-tests.conf
    mkdir -p "$folder"
    echo "create_main_cluster = false" >"$file"
    local failed=0
    install_package postgresql || failed=$?
    rm -f "$file"
    return "$failed"
}

# The same: its service is neither started nor enabled.
install_without_service() {
    local package=$1 policy=/usr/sbin/policy-rc.d own=false failed=0
    if [ ! -e "$policy" ]; then
        own=true
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    install_package "$package" || failed=$?
    if $own; then rm -f "$policy"; fi
    if [ "$failed" -eq 0 ] && command -v systemctl >/dev/null; then
        systemctl disable --quiet "$package" >/dev/null 2>&1 || true
    fi
    return "$failed"
}

missing=()
need() {
    if has "$1"; then
        return
    fi
    local package
    package=$(package_of "$1")
    if ! can_install; then
        missing+=("$package")
    elif [ "$1" = postgres ]; then
        install_postgres
    elif [ "$1" = pgbouncer ] || [ "$1" = valkey ]; then
        install_without_service "$package"
    else
        install_package "$package"
    fi
}

need_rust() {
    local tool
    for tool in cargo rustc cargo-fmt cargo-clippy; do
        if ! command -v "$tool" >/dev/null; then
            echo "need: $tool is missing; install Rust stable with its components rustfmt and clippy" >&2
            exit 1
        fi
    done
}

if [ $# -eq 0 ]; then
    set -- rust c certificates curl node chromium postgres pgbouncer valkey python pip
fi
for wanted in "$@"; do
    case $wanted in
    rust) need_rust ;;
    node)
        # Some nodejs packages bring npm with them; Debian's does not.
        need node
        need npm
        ;;
    chromium)
        # It is found by the page's own script, which runs in Node.
        need node
        need chromium
        ;;
    c | certificates | curl | postgres | pgbouncer | valkey | python | pip) need "$wanted" ;;
    *)
        echo "need: '$wanted' is unknown; known are rust, c, certificates, curl, node, chromium, postgres, pgbouncer, valkey, python and pip" >&2
        exit 2
        ;;
    esac
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "need: missing packages (names as on Debian): ${missing[*]}; install them, or run as root on Debian" >&2
    exit 1
fi
for wanted in "$@"; do
    if [ "$wanted" != rust ] && ! has "$wanted"; then
        echo "need: $(package_of "$wanted") was installed, but $wanted is still not found" >&2
        exit 1
    fi
done
