#!/usr/bin/env bash
# A private PostgreSQL for tests and benches: on a free port of 127.0.0.1, in a temporary directory, with a password made
# for this one run. It touches no other server of the machine.
#
#   scripts/postgres.sh run COMMAND…   starts one, runs the command with TEST_POSTGRES_URL and TEST_POSTGRES_DIR, stops it
#                                      whatever happens
#   scripts/postgres.sh start          starts one and prints its directory; DIRECTORY/url holds the address
#   scripts/postgres.sh stop DIRECTORY stops that one and removes the directory
#   scripts/postgres.sh restart DIRECTORY stops that one at once, as a crash would, and starts it again
#   scripts/postgres.sh bin            prints the folder of the server's programs
set -euo pipefail

readonly ROLE=sigma

# shellcheck source=scripts/private.sh
. "$(dirname "${BASH_SOURCE[0]}")/private.sh"

fail() {
    echo "postgres: $*" >&2
    exit 1
}

# The newest installed server; Debian keeps it off the path.
find_bin() {
    local folder
    while IFS= read -r folder; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && [ -x "$folder/pg_ctl" ]; then
            echo "$folder"
            return
        fi
    done < <(
        printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV
        if command -v postgres >/dev/null; then dirname "$(command -v postgres)"; fi
        if command -v pg_config >/dev/null; then pg_config --bindir; fi
    )
    fail "no server found; install the package postgresql"
}

# PostgreSQL refuses to run as root, so root steps down to the user of the package, or to nobody.
as_owner() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    else
        setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups "$@"
    fi
}

owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
    owner=nobody
    if id postgres >/dev/null 2>&1; then owner=postgres; fi
fi

start() {
    local bin dir password port
    bin=$(find_bin)
    # Not TMPDIR: the path of a socket may have about 100 bytes only.
    dir=$(mktemp -d /tmp/sigma-postgres.XXXXXX)
    trap 'rm -rf "$dir"' EXIT
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && printf '%s\n' "$password" >"$dir/password")
    if [ "$(id -u)" -eq 0 ]; then chown -R "$owner" "$dir"; fi
    cd "$dir"
    as_owner "$bin/initdb" --pgdata="$dir/data" --username="$ROLE" --pwfile="$dir/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C >"$dir/initdb.log" 2>&1 ||
        { cat "$dir/initdb.log" >&2; fail "initdb failed"; }
    rm "$dir/password"

    for _ in 1 2 3 4 5; do
        port=$(free_port)
        # fsync stays on: the tests check what survives a crash.
        if as_owner "$bin/pg_ctl" start --silent --wait --timeout=60 --pgdata="$dir/data" --log="$dir/log" \
            --options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir \
                -c fsync=on -c max_connections=300 -c shared_buffers=64MB -c logging_collector=off" \
            >/dev/null 2>&1 </dev/null; then
            (umask 077 && echo "postgres://$ROLE:$password@127.0.0.1:$port/postgres" >"$dir/url")
            trap - EXIT
            echo "$dir"
            return
        fi
    done
    cat "$dir/log" >&2
    fail "the server did not start"
}

# Stops the server by its own process id: first asking, then insisting.
stop() {
    local dir=$1 pid signal
    [ -d "$dir/data" ] || fail "'$dir' is not a directory that start printed"
    pid=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null || true)
    if [ -n "$pid" ]; then
        for signal in INT QUIT KILL; do
            kill -s "$signal" "$pid" 2>/dev/null || break
            for _ in $(seq 100); do
                kill -0 "$pid" 2>/dev/null || break 2
                sleep 0.1
            done
        done
    fi
    rm -rf "$dir"
}

# The options of the start are kept beside the data, the port among them.
restart() {
    local dir=$1
    [ -d "$dir/data" ] || fail "'$dir' is not a directory that start printed"
    cd "$dir"
    as_owner "$(find_bin)/pg_ctl" restart --silent --wait --timeout=60 --mode=immediate --pgdata="$dir/data" \
        --log="$dir/log" >/dev/null 2>&1 </dev/null || { tail -n 20 "$dir/log" >&2; fail "the server did not come back"; }
}

usage() {
    echo "usage: scripts/postgres.sh run COMMAND… | start | stop DIRECTORY | restart DIRECTORY | bin" >&2
    exit 2
}

case ${1:-} in
run)
    [ $# -gt 1 ] || usage
    shift
    with_server POSTGRES "$@"
    ;;
start) start ;;
stop)
    [ $# -eq 2 ] || usage
    stop "$2"
    ;;
restart)
    [ $# -eq 2 ] || usage
    restart "$2"
    ;;
bin) find_bin ;;
*) usage ;;
esac
