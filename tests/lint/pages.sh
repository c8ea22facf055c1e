#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds the drivers' pages to their manifests: each option that a table of a page names is in the manifest, and
# the table of parameters is not written a second time: the page names the command that prints it.
#   pages.sh SOURCE
set -euo pipefail
cd "$1"
failed=0
say() { echo "not ok: $*"; failed=1; }

# The names in the first column of a page's tables of options.
option_names() {
    awk '/^\| key \|/ {table = 1; next}
         /^\|/ {if (table) {split($0, cell, "|"); print cell[2]}; next}
         {table = 0}' "$1" | grep -o '`[^`]*`' | tr -d '`' || true
}

for page in plugins/*/README.md; do
    folder=$(dirname "$page") id=$(basename "$(dirname "$page")")
    for name in $(option_names "$page"); do
        grep -q "^ *\"$name\": {" "$folder/manifest.json" || say "$page: the manifest has no option $name"
    done
    if grep -B1 '^|--' "$page" | grep -qi '^| *parameters\? *|'; then
        say "$page: a table of parameters goes stale; 'patchbay drivers show $id' prints it"
    fi
    grep -q "patchbay drivers show $id" "$page" || say "$page: 'patchbay drivers show $id' is not named"
done
[ $failed -eq 0 ] && echo "ok: $(ls plugins/*/README.md | wc -l) pages"
exit $failed
