#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs GTest programs under memcheck: no invalid access, nothing definitely lost. It sees what the address
# sanitizer does not: memory that is read before anything was written to it.
#   valgrind.sh SANITIZER PROGRAM...
set -euo pipefail
sanitizer=$1
shift
if [ -n "$sanitizer" ]; then
    echo "SKIP: valgrind cannot run what the sanitizers ($sanitizer) instrumented"
    exit 77
fi
if ! command -v valgrind >/dev/null; then
    echo "SKIP: no valgrind; install the package valgrind"
    exit 77
fi
found=0
for program in "$@"; do
    echo "== ${program##*/}"
    code=0
    timeout 240 valgrind --quiet --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --error-exitcode=99 --num-callers=24 \
        "$program" --tap >"$program.valgrind" 2>&1 || code=$?
    if [ $code -ne 0 ]; then
        cat "$program.valgrind"
        echo "${program##*/}: exit code $code"
        found=1
    fi
    rm -f "$program.valgrind"
done
exit $found
