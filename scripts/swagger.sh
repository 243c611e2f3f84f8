#!/usr/bin/env bash
# Refreshes or verifies the vendored Swagger UI under src/gateway/assets/swagger/.
#
#   scripts/swagger.sh            fetches the version named in VERSION again and fails if a file differs from its sum
#   scripts/swagger.sh 5.35.0     takes over another version of the npm package swagger-ui-dist and writes its sums
#
# The files are the package's own, unchanged, so that the docs page needs no network and no Node. npm checks the
# integrity of what it fetches.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly HOME_OF_ASSETS=src/gateway/assets/swagger
readonly FILES=(swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css LICENSE NOTICE)

recorded=""
if [ -f "$HOME_OF_ASSETS/VERSION" ]; then
    recorded=$(sed -n '1s/^swagger-ui-dist //p' "$HOME_OF_ASSETS/VERSION")
fi
wanted=${1:-$recorded}
if ! [[ $wanted =~ ^5\.[0-9]+\.[0-9]+$ ]]; then
    echo "swagger: name an exact version of swagger-ui-dist 5, such as 5.35.0; got '$wanted'" >&2
    exit 2
fi
command -v npm >/dev/null || { echo "swagger: npm is missing; install the package npm" >&2; exit 1; }

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
(cd "$temp" && npm pack --silent "swagger-ui-dist@$wanted" >/dev/null && tar -xzf "swagger-ui-dist-$wanted.tgz")

if [ "$wanted" = "$recorded" ]; then
    tail -n +2 "$HOME_OF_ASSETS/VERSION" >"$temp/sums"
    (cd "$temp/package" && sha256sum --check --strict --quiet ../sums)
    (cd "$HOME_OF_ASSETS" && sha256sum --check --strict --quiet "$temp/sums")
    echo "swagger: $wanted matches its sums"
    exit 0
fi

mkdir -p "$HOME_OF_ASSETS"
for file in "${FILES[@]}"; do
    install -m 644 "$temp/package/$file" "$HOME_OF_ASSETS/$file"
done
{
    echo "swagger-ui-dist $wanted"
    (cd "$HOME_OF_ASSETS" && sha256sum "${FILES[@]}")
} >"$temp/VERSION"
install -m 644 "$temp/VERSION" "$HOME_OF_ASSETS/VERSION"
echo "swagger: took over $wanted; review the difference before it is committed"
