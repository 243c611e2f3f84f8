# What the scripts share that start a private server for tests and benches. A script that sources this file has functions
# `fail`, `start` (which prints the directory of the server) and `stop`.

# Below the range from which the system hands out ports, so no other program is given it between the test and the use.
free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    fail "no free port found between 20000 and 32000"
}

# Runs a command with a server of its own, whose address and directory it finds in TEST_<name>_URL and TEST_<name>_DIR, and
# stops the server whatever happens. The command gets a process group of its own, so that an interrupt reaches everything
# that it started.
with_server() {
    local name=$1 child=""
    shift
    running=""
    trap 'if [ -n "$running" ]; then stop "$running"; fi' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    running=$(start)
    trap 'kill -TERM -- "-$child" 2>/dev/null; wait "$child" || true; exit 130' INT
    trap 'kill -TERM -- "-$child" 2>/dev/null; wait "$child" || true; exit 143' TERM HUP
    export "TEST_${name}_URL=$(cat "$running/url")" "TEST_${name}_DIR=$running"
    set -m
    "$@" </dev/null &
    child=$!
    set +m
    local status=0
    wait "$child" || status=$?
    return "$status"
}
