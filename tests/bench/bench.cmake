# SPDX-License-Identifier: Apache-2.0
# Measurements, run by hand and never by ctest: ratios within one run, since absolute times belong to a
# machine. Build them with -DCMAKE_BUILD_TYPE=RelWithDebInfo.
add_executable(bench_json EXCLUDE_FROM_ALL bench/json.c)
target_link_libraries(bench_json PRIVATE pbay_json PkgConfig::JSONC PkgConfig::GLIB)

# It runs itself under valgrind.
add_executable(bench_exchange EXCLUDE_FROM_ALL bench/exchange.c)
target_link_libraries(bench_exchange PRIVATE pbay_call pbay_answer pbay_exchange)
target_compile_definitions(bench_exchange PRIVATE
  PBAY_BENCH_DRIVER="${CMAKE_BINARY_DIR}/drivers/openai.so")
add_dependencies(bench_exchange driver_openai)

add_custom_target(bench DEPENDS bench_json bench_exchange)
