# SPDX-License-Identifier: Apache-2.0
# Fuzzing. Every target runs as an ordinary test over seeds and mutations of them; with clang and
# PATCHBAY_SANITIZE=fuzz there is a program for libFuzzer too, which ./dev fuzz builds and runs.
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)

# json-c and jansson share symbol names: a module each, opened with RTLD_LOCAL.
foreach(oracle jsonc jansson)
  add_library(fuzz_oracle_${oracle} MODULE fuzz/json_oracle_${oracle}.c)
  target_include_directories(fuzz_oracle_${oracle} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
endforeach()
target_link_libraries(fuzz_oracle_jsonc PRIVATE PkgConfig::JSONC)
target_link_libraries(fuzz_oracle_jansson PRIVATE PkgConfig::JANSSON)

set(fuzz_json_target ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/json_target.c)
set(fuzz_json_oracles PBAY_ORACLE_JSONC="$<TARGET_FILE:fuzz_oracle_jsonc>"
                      PBAY_ORACLE_JANSSON="$<TARGET_FILE:fuzz_oracle_jansson>")

pbay_test(fuzz_json_seeded fuzz/test_json.c fuzz pbay_json)
target_sources(fuzz_json_seeded PRIVATE ${fuzz_json_target})
target_compile_definitions(fuzz_json_seeded PRIVATE ${fuzz_json_oracles})
target_link_libraries(fuzz_json_seeded PRIVATE ${CMAKE_DL_LIBS})
add_dependencies(fuzz_json_seeded fuzz_oracle_jsonc fuzz_oracle_jansson)

if(PATCHBAY_SANITIZE STREQUAL "fuzz")
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "PATCHBAY_SANITIZE=fuzz needs clang: add -DCMAKE_C_COMPILER=clang")
  endif()
  add_executable(fuzz_json EXCLUDE_FROM_ALL fuzz/json_fuzzer.c ${fuzz_json_target})
  target_include_directories(fuzz_json PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_definitions(fuzz_json PRIVATE _GNU_SOURCE ${fuzz_json_oracles})
  target_link_options(fuzz_json PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz_json PRIVATE pbay_json PkgConfig::GLIB Threads::Threads ${CMAKE_DL_LIBS})
  add_dependencies(fuzz_json fuzz_oracle_jsonc fuzz_oracle_jansson)
endif()

# The targets of target.h: an ordinary test, and a program for libFuzzer.
function(pbay_fuzz_target name source)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;LIBS;DEFS")
  pbay_test(fuzz_${name}_seeded fuzz/seeded.c fuzz ${arg_LIBS})
  set(made fuzz_${name}_seeded)
  if(PATCHBAY_SANITIZE STREQUAL "fuzz")
    add_executable(fuzz_${name} EXCLUDE_FROM_ALL fuzz/libfuzzer.c)
    target_link_libraries(fuzz_${name} PRIVATE ${arg_LIBS} PkgConfig::GLIB)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    set_property(GLOBAL APPEND PROPERTY PATCHBAY_FUZZERS fuzz_${name})
    list(APPEND made fuzz_${name})
  endif()
  foreach(target IN LISTS made)
    target_sources(${target} PRIVATE ${source} ${arg_SOURCES})
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/sdk
                               ${PROJECT_SOURCE_DIR}/sdk/include)
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE PBAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                               PBAY_BUILD_DIR="${CMAKE_BINARY_DIR}" ${arg_DEFS})
  endforeach()
endfunction()

set(lib ${PROJECT_SOURCE_DIR}/sdk/lib)
pbay_fuzz_target(frames fuzz/target_frames.c
  SOURCES ${lib}/sse.c ${lib}/ndjson.c ${lib}/event_stream.c ${lib}/crc32.c ${lib}/buffer.c ${lib}/str.c)
pbay_fuzz_target(conf fuzz/target_conf.c LIBS pbay_config)
pbay_fuzz_target(manifest fuzz/target_manifest.c LIBS pbay_drivers)
pbay_fuzz_target(json_limits fuzz/target_json_limits.c LIBS pbay_json)
get_property(drivers GLOBAL PROPERTY PATCHBAY_DRIVERS)
foreach(driver IN LISTS drivers)
  string(REPLACE "driver_" "" name ${driver})
  pbay_fuzz_target(driver_${name} fuzz/target_driver.c LIBS pbay_check DEFS PBAY_FUZZ_DRIVER="${name}")
  add_dependencies(fuzz_driver_${name}_seeded ${driver})
  set_tests_properties(fuzz_driver_${name}_seeded PROPERTIES TIMEOUT 300)
  if(PATCHBAY_SANITIZE STREQUAL "fuzz")
    add_dependencies(fuzz_driver_${name} ${driver})
  endif()
endforeach()
if(PATCHBAY_SANITIZE STREQUAL "fuzz")
  get_property(fuzzers GLOBAL PROPERTY PATCHBAY_FUZZERS)
  add_custom_target(fuzzers DEPENDS ${fuzzers} fuzz_json)
endif()
