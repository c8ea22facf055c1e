#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a packager and his users do: configure for a prefix, build, install, compile programs against
# what was installed, drop a foreign driver beside the others, run. The build is configured anew for
# its prefix, since the library knows its folders by their installed names, as a package's does.
#   installed.sh SOURCE WORK CC [SANITIZER]    WORK is kept, so that a second run builds little
set -euo pipefail
source=$1 work=$2 cc=$3
if [ -n "${4:-}" ]; then
    echo "SKIP: it builds without sanitizers whatever this build has ($4); another build runs it"
    exit 77
fi
prefix=$work/prefix
umask 022 # drivers that others may write are refused
mkdir -p "$work"
rm -rf "$prefix" "$work/home" "$work/programs" "$work/parrot"
mkdir -p "$work/home"

step() { echo "== $*"; }
die() {
    echo "installed.sh: $*" >&2
    exit 1
}
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "failed: $*"; }; }
# has WHAT TEXT PART
has() { case $2 in *"$3"*) ;; *) die "$1: no '$3' in: $2" ;; esac; }

step "build and install to $prefix"
quietly cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DPATCHBAY_TESTS=OFF -DCMAKE_C_COMPILER="$cc" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib
quietly cmake --build "$work/build" -j2
quietly cmake --install "$work/build"

step "pkg-config"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
driverdir=$(pkg-config --variable=driverdir patchbay-sdk)
confdir=$(pkg-config --variable=confdir patchbay-sdk)
[ "$driverdir" = "$prefix/lib/patchbay/drivers-1" ] || die "driverdir is $driverdir"
[ "$confdir" = "$prefix/share/patchbay/conf.d" ] || die "confdir is $confdir"
[ -f "$driverdir/eliza.so" ] && [ -f "$driverdir/openai.so" ] || die "no drivers in $driverdir"
[ -f "$confdir/groq.conf" ] || die "no snippets in $confdir"
[ -f "$confdir/examples/order.conf" ] || die "no examples in $confdir"
cmp -s "$source/plugins/eliza/manifest.json" "$driverdir/eliza.json" ||
    die "no manifest beside the driver"

step "programs, by pkg-config"
mkdir -p "$work/programs"
for example in blocking poll_loop; do
    # shellcheck disable=SC2046
    quietly "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror "$source/sdk/examples/$example.c" \
        $(pkg-config --cflags --libs patchbay) -Wl,-rpath,"$prefix/lib" -o "$work/programs/$example"
done
if command -v c++ >/dev/null; then # the header is C++ too
    echo '#include <patchbay/patchbay.h>' >"$work/programs/header.cpp"
    # shellcheck disable=SC2046
    quietly c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
        $(pkg-config --cflags patchbay) "$work/programs/header.cpp"
fi

step "programs, by find_package(patchbay)"
quietly cmake -S "$source/sdk/examples" -B "$work/programs/cmake" -G Ninja \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix"
quietly cmake --build "$work/programs/cmake"

step "a foreign driver, by find_package(PatchbaySDK)"
quietly cmake -S "$source/tests/e2e/thirdparty" -B "$work/parrot" -G Ninja \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix"
quietly cmake --build "$work/parrot"
cp "$work/parrot/drivers/parrot.so" "$driverdir"
printf '[provider parrot]\nword = Pieces of eight\n' >"$confdir/parrot.conf"

# As a user has it: nothing in the environment says where anything is.
run() { env -i PATH="$PATH" HOME="$work/home" "$@"; }

step "run"
out=$(run "$prefix/bin/patchbay" chat -m eliza/doctor "Men are all alike.")
has "patchbay chat" "$out" "IN WHAT WAY"
out=$(run "$prefix/bin/patchbay" chat -m parrot/grey "Who is there?")
has "patchbay chat" "$out" "Pieces of eight"
out=$(run "$prefix/bin/patchbay" drivers)
for driver in eliza openai parrot; do has "patchbay drivers" "$out" "$driver"; done
out=$(run "$prefix/bin/patchbay" providers)
for provider in eliza groq parrot; do has "patchbay providers" "$out" "$provider"; done
out=$(run "$prefix/bin/patchbay" config show --origin)
case $out in *examples/*) die "config show: an example is read without being asked for" ;; esac
out=$(run "$prefix/bin/patchbay" config show --origin --config "$confdir/examples/order.conf")
has "config show --config" "$out" "[model careful]"
for program in programs programs/cmake; do
    out=$(run "$work/$program/blocking" 2>&1)
    has "$program/blocking" "$out" "IN WHAT WAY"
    has "$program/blocking" "$out" '"driver":"eliza"'
    out=$(run "$work/$program/poll_loop" eliza/doctor parrot/grey)
    has "$program/poll_loop" "$out" "eliza/doctor: done"
    has "$program/poll_loop" "$out" "parrot/grey: done"
done
out=$(run "$work/programs/blocking" parrot/grey \
    '{"messages":[{"role":"user","content":"x"}]}' 2>/dev/null)
has blocking "$out" "Pieces of eight"
code=0
run "$work/programs/blocking" nobody/m >/dev/null 2>&1 || code=$?
[ "$code" = 3 ] || die "blocking with an unknown model exits $code, not 3"
echo "installed: all well"
