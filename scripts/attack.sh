#!/usr/bin/env bash
# The long form of the attack (tests/attack): what strangers, a tenant and a tenant's own Moodle or Zoho can do to a server
# on this machine, with its memory and what another tenant feels of it. About ten minutes on two cores. Everything it
# starts is stopped by its own process id, and nothing listens but on 127.0.0.1.
#
#   scripts/attack.sh              all attacks
#   scripts/attack.sh health YAML  only attacks whose names hold one of the words
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/need.sh rust c
TEST_ATTACK=long exec cargo test --locked --release --test attack -- "$@"
