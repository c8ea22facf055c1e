#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the linker made, read with readelf: libpatchbay needs what it may need and exports its API alone;
# a driver exports one symbol, stays loaded, and reaches for nothing that the core does for it.
#   elf.sh LIBPATCHBAY DRIVER-FOLDER [SANITIZER]
set -euo pipefail
library=$1 drivers=$2
if [ -n "${3:-}" ]; then
    echo "SKIP: sanitizers ($3) link in libraries and symbols of their own"
    exit 77
fi
if ! command -v readelf >/dev/null; then
    echo "SKIP: no readelf; install binutils"
    exit 77
fi

found=0
say() {
    echo "$*"
    found=1
}
needed() { readelf -Wd "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
# Name without version of each symbol that is defined here (exported) or not (imported).
symbols() {
    readelf -W --dyn-syms "$1" | awk -v want="$2" '
        $1 ~ /^[0-9]+:$/ && $8 != "" && ($5 == "GLOBAL" || $5 == "WEAK") {
            name = $8; sub(/@.*/, "", name)
            if (($7 == "UND") == (want == "imported")) print name }'
}
# only WHAT PATTERN: says each line of stdin that is not wholly of the pattern
only() { { grep -vxE "$2" || true; } | while read -r line; do echo "$1: $line"; done; }

echo "libpatchbay"
bad=$(needed "$library" | only "libpatchbay needs what it may not" \
    'lib(curl|json-c|glib-2\.0|dl|c|m|pthread)\.so\.[0-9]+|ld-linux.*\.so\.[0-9]+')
[ -z "$bad" ] || say "$bad"
exports=$(symbols "$library" exported)
imports=$(symbols "$library" imported)
bad=$(only "libpatchbay exports" 'patchbay_[a-z0-9_]+' <<<"$exports")
[ -z "$bad" ] || say "$bad"
grep -qx patchbay_open <<<"$exports" || say "libpatchbay does not export patchbay_open"
grep -qx dlopen <<<"$imports" || say "libpatchbay does not import dlopen"
for name in dlclose system popen g_module_open; do
    ! grep -qx "$name" <<<"$imports" || say "libpatchbay imports $name"
done

# The core does these for drivers.
banned='(socket|connect|bind|listen|accept4?|send(to|msg)?|recv(from|msg)?|getaddrinfo|gethostbyname'
banned+='|open(at)?(64)?|fopen(64)?|creat(64)?|v?fork|clone|exec[a-z]+|posix_spawnp?|system|popen'
banned+='|(secure_)?getenv|setenv|putenv|pthread_create|thrd_create|dlopen|dlsym|usleep|nanosleep|sleep'
banned+='|time|clock_gettime|gettimeofday|s?rand(om)?|getrandom|curl_.*|json_object_.*|g_malloc.*)'
count=0
for driver in "$drivers"/*.so; do
    name=${driver##*/}
    echo "$name"
    count=$((count + 1))
    exported=$(symbols "$driver" exported | tr '\n' ' ')
    [ "$exported" = "patchbay_driver_get " ] || say "$name exports: $exported"
    grep -q 'FLAGS_1.*NODELETE' <<<"$(readelf -Wd "$driver")" || say "$name may be unloaded: no NODELETE"
    bad=$(needed "$driver" | grep -E 'json-c|curl|glib|gobject|gio' || true)
    [ -z "$bad" ] || say "$name needs: $bad"
    bad=$(symbols "$driver" imported | grep -xE "$banned" | tr '\n' ' ' || true)
    [ -z "$bad" ] || say "$name does itself what the core does for it: $bad"
done
[ $count -ge 2 ] || say "only $count drivers in $drivers"
exit $found
