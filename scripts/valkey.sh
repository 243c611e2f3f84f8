#!/usr/bin/env bash
# A private Valkey or Redis for tests and benches: on a free port of 127.0.0.1, in a temporary directory, with a password
# made for this one run. It touches no other server of the machine. It keeps nothing on disk, so a restart empties it.
#
#   scripts/valkey.sh run COMMAND…   starts one, runs the command with TEST_REDIS_URL and TEST_REDIS_DIR, stops it
#                                    whatever happens
#   scripts/valkey.sh start          starts one and prints its directory; DIRECTORY/url holds the address
#   scripts/valkey.sh stop DIRECTORY stops that one and removes the directory
#   scripts/valkey.sh pause DIRECTORY stops that one at once and leaves its directory
#   scripts/valkey.sh resume DIRECTORY starts a paused one again, on the same port, without its data
#   scripts/valkey.sh bin            prints the path of the server
set -euo pipefail

# shellcheck source=scripts/private.sh
. "$(dirname "${BASH_SOURCE[0]}")/private.sh"

fail() {
    echo "valkey: $*" >&2
    exit 1
}

find_bin() {
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v valkey-server ||
        PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v redis-server ||
        fail "no server found; install the package valkey-server or redis-server"
}

# Starts the server of a directory, and waits until it takes connections.
launch() {
    local dir=$1 port pid
    port=$(cat "$dir/port")
    "$(find_bin)" "$dir/conf" --port "$port" >"$dir/log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$dir/pid"
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 1
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            return
        fi
        sleep 0.1
    done
    return 1
}

start() {
    local dir password
    dir=$(mktemp -d "${TMPDIR:-/tmp}/sigma-valkey.XXXXXX")
    trap 'rm -rf "$dir"' EXIT
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    (
        umask 077
        printf 'bind 127.0.0.1\nrequirepass %s\nsave ""\nappendonly no\ndir %s\ndaemonize no\n' \
            "$password" "$dir" >"$dir/conf"
    )
    for _ in 1 2 3 4 5; do
        free_port >"$dir/port"
        if launch "$dir"; then
            (umask 077 && echo "redis://default:$password@127.0.0.1:$(cat "$dir/port")" >"$dir/url")
            trap - EXIT
            echo "$dir"
            return
        fi
    done
    cat "$dir/log" >&2
    fail "the server did not start"
}

# Stops the server by its own process id: first asking, then insisting.
halt() {
    local dir=$1 pid signal
    [ -f "$dir/pid" ] || fail "'$dir' is not a directory that start printed"
    pid=$(cat "$dir/pid")
    for signal in "${@:2}"; do
        kill -s "$signal" "$pid" 2>/dev/null || return 0
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || return 0
            # A child of a shell that has ended may stay as a name until it is asked for.
            [ "$(cut -d ' ' -f 3 "/proc/$pid/stat" 2>/dev/null)" != Z ] || return 0
            sleep 0.1
        done
    done
}

stop() {
    halt "$1" TERM KILL
    rm -rf "$1"
}

usage() {
    echo "usage: scripts/valkey.sh run COMMAND… | start | stop DIRECTORY | pause DIRECTORY | resume DIRECTORY | bin" >&2
    exit 2
}

case ${1:-} in
run)
    [ $# -gt 1 ] || usage
    shift
    with_server REDIS "$@"
    ;;
start) start ;;
stop)
    [ $# -eq 2 ] || usage
    stop "$2"
    ;;
pause)
    [ $# -eq 2 ] || usage
    halt "$2" KILL
    ;;
resume)
    [ $# -eq 2 ] || usage
    launch "$2" || fail "the server did not come back"
    ;;
bin) find_bin ;;
*) usage ;;
esac
