# SPDX-License-Identifier: Apache-2.0
# Measurements, run by hand and never by ctest: ratios within one run, since absolute times belong to a
# machine. Build them with -DCMAKE_BUILD_TYPE=RelWithDebInfo.
add_executable(bench_json EXCLUDE_FROM_ALL bench/json.c)
target_link_libraries(bench_json PRIVATE pbay_json PkgConfig::JSONC PkgConfig::GLIB)
