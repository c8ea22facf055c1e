#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh FOLDER SCRIPT: one witness; 77 (skipped) where the packages could not be installed.
set -eu
cd "$1"
[ -f installed.lock ] || { echo "SKIP: the packages are not installed (npm is needed)"; exit 77; }
exec node "$2"
