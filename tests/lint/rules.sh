#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds .ci/lint to its word: builds a small sound tree, which must pass, then breaks one rule at a time and
# wants it found, named by its file. A rule that finds nothing is worse than none.
#   rules.sh SOURCE WORK
set -euo pipefail
source=$1 work=$2
for tool in git clang-format cppcheck; do
    command -v $tool >/dev/null || { echo "SKIP: no $tool"; exit 77; }
done
rm -rf "$work"
mkdir -p "$work"
cd "$work"
git init -q .
apache='/* SPDX-License-Identifier: Apache-2.0 */' mit='/* SPDX-License-Identifier: MIT */'

# put FILE LINE...
put() {
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "${@:2}" >"$1"
}

sound() {
    find . -mindepth 1 -maxdepth 1 -not -name .git -exec rm -rf {} +
    mkdir -p .ci
    cp "$source/.ci/lint" .ci/
    cp "$source/.clang-format" .
    put core/json/reader.c "$apache" '#include "base/text.h"' '' 'int reader;'
    put core/cli/chat.c "$apache" '#include <patchbay/patchbay.h>' '' 'int chat;'
    put sdk/lib/hex.c "$mit" '#include "hex.h"' '' '#include <patchbay/driver.h>' '' 'int hex;'
    put plugins/acme/acme.c "$apache" '#include "acme.h"' '' '#include "lib/hex.h"' '' 'int acme;'
    put plugins/acme/recordings/text.jsonl '{"source":"the page, section 1"}'
    put tests/unit/json/test_reader.c "$apache" 'int test_reader;'
    put tests/unit/cli/test_chat.c "$apache" 'int test_chat;'
    put tests/sdk/test_hex.c "$apache" 'int test_hex;'
}

count=0 failed=0
# finds RULE FILE WORD: the tree as it stands fails, and a line has the file and the word. Then sound again.
finds() {
    local out code=0
    out=$(.ci/lint ${quick---quick} 2>&1) || code=$?
    count=$((count + 1))
    if [ $code -eq 0 ] || ! grep -F "$2" <<<"$out" | grep -qF "$3"; then
        echo "not ok: $1 (exit $code): $out"
        failed=1
    fi
    sound
}
line() { printf '%s\n' "${@:2}" >>"$1"; }
reader=core/json/reader.c acme=plugins/acme/acme.c hex=sdk/lib/hex.c

sound
.ci/lint || { echo "a sound tree does not pass"; exit 1; }

for path in call/call.h exchange/exchange.h ../call/call.h loop/loop.h cli/chat.h; do
    line $reader "#include \"$path\"" && finds "json includes $path" $reader "may not include"
done
line $reader '#include "node.h"' && finds "an include without its room" $reader "write the room"
line core/cli/chat.c '#include "base/text.h"' && finds "cli includes a room" core/cli/chat.c "cli may include only"
line core/cli/chat.c '#include <patchbay/driver.h>' && finds "cli includes the ABI" core/cli/chat.c "cli may include only"
for path in '"base/text.h"' '<glib.h>' '<json-c/json.h>' '<curl/curl.h>' '"openai/family.h"' '"../openai/family.h"' \
    '<patchbay/patchbay.h>'; do
    line $acme "#include $path" && finds "a driver includes $path" $acme "${path:1:4}"
done
line $hex '#include "acme/acme.h"' && finds "sdk/lib includes a driver" $hex acme/acme.h
for i in $(seq 600); do line $reader "/* $i */"; done
finds "more than 600 lines" $reader "longer than 600"
line $reader '' 'int count(int x)' '{'
for i in $(seq 80); do line $reader '    x++;'; done
line $reader '    return x;' '}' && finds "a function of 81 lines" $reader "a function of 81 lines"
line $reader "/* $(printf 'x%.0s' $(seq 95)) */" && finds "101 columns" $reader "longer than 100 columns"
line $reader '' 'int again(int x)' '{' 'out:' '    if (x--)' '        goto out;' '    return x;' '}'
finds goto $reader "goto"
for call in strcpy strcat sprintf gets system popen dlclose g_module_open; do
    line $reader '' "int copy(void) { return $call(0); }" && finds "$call" $reader "does not use"
done
rm tests/unit/json/test_reader.c && finds "core without a test" $reader "no tests/unit/json/test_reader.c"
rm tests/sdk/test_hex.c && finds "sdk/lib without a test" $hex "no tests/sdk/test_hex.c"
rm -r plugins/acme/recordings && finds "a driver without a test" $acme "no recordings"
put $reader '/* Nobody says whose. */' 'int reader;' && finds "no SPDX line" $reader "SPDX"
put $hex "$apache" 'int hex;' && finds "the wrong licence in sdk" $hex "SPDX-License-Identifier: MIT"
put conf.d/a.conf '[provider a]' && finds "no SPDX line in a snippet" conf.d/a.conf "SPDX"
put plugins/acme/recordings/text.jsonl '{"request":{}}' && finds "a recording without source" text.jsonl "no source"
put plugins/acme/recordings/text.jsonl '{"source":""}' && finds "an empty source" text.jsonl "no source"
line $reader "/* TO""DO later */" && finds "unfinished work" $reader "later"
line $reader 'int   wide;' && finds "formatting" $reader "not formatted"
line $reader '' 'int last(void)' '{' '    int a[2] = {0, 1};' '' '    return a[2];' '}'
quick='' finds "cppcheck" $reader "out of bounds"

[ $failed -eq 0 ] || exit 1
echo "lint: $count breaches found"
