#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh FOLDER: the pinned packages, once; 77 (skipped) without npm or without a registry.
set -eu
cd "$1"
command -v npm >/dev/null 2>&1 || { echo "SKIP: npm is not installed (Debian: apt-get install npm)"; exit 77; }
if [ -f installed.lock ] && cmp -s installed.lock package-lock.json; then
    echo "installed before"
    exit 0
fi
rm -f installed.lock
if ! npm ci --prefer-offline --ignore-scripts --no-audit --no-fund >npm.log 2>&1; then
    if grep -qE 'ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH' npm.log; then
        echo "SKIP: npm reaches no registry"
        exit 77
    fi
    tail -20 npm.log
    exit 1
fi
cp package-lock.json installed.lock
