# SPDX-License-Identifier: Apache-2.0
# Differential fuzzing. The target functions always run as ordinary tests over a seeded corpus; with clang
# and -DPATCHBAY_FUZZ=ON they are built for libFuzzer too:
#   cmake --preset dev -B build/fuzz -DCMAKE_C_COMPILER=clang -DPATCHBAY_FUZZ=ON
#   cmake --build build/fuzz --target fuzz_json && build/fuzz/bin/fuzz_json -max_total_time=600
option(PATCHBAY_FUZZ "build the libFuzzer targets (clang only)" OFF)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)

# json-c and jansson share symbol names: a module each, opened with RTLD_LOCAL.
foreach(oracle jsonc jansson)
  add_library(fuzz_oracle_${oracle} MODULE fuzz/json_oracle_${oracle}.c)
  target_include_directories(fuzz_oracle_${oracle} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
endforeach()
target_link_libraries(fuzz_oracle_jsonc PRIVATE PkgConfig::JSONC)
target_link_libraries(fuzz_oracle_jansson PRIVATE PkgConfig::JANSSON)

function(pbay_json_target target)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/json_target.c)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_definitions(${target} PRIVATE
    PBAY_ORACLE_JSONC="$<TARGET_FILE:fuzz_oracle_jsonc>"
    PBAY_ORACLE_JANSSON="$<TARGET_FILE:fuzz_oracle_jansson>")
  target_link_libraries(${target} PRIVATE pbay_json PkgConfig::GLIB ${CMAKE_DL_LIBS})
  add_dependencies(${target} fuzz_oracle_jsonc fuzz_oracle_jansson)
endfunction()

pbay_test(fuzz_json_seeded ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/test_json.c fuzz pbay_json)
pbay_json_target(fuzz_json_seeded)

if(PATCHBAY_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "PATCHBAY_FUZZ needs clang: add -DCMAKE_C_COMPILER=clang")
  endif()
  # Coverage in the room itself, the fuzzer's main only in the program.
  foreach(room base json)
    target_compile_options(pbay_${room} PRIVATE -fsanitize=fuzzer-no-link,address,undefined)
  endforeach()
  add_executable(fuzz_json fuzz/json_fuzzer.c)
  pbay_json_target(fuzz_json)
  target_compile_options(fuzz_json PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_options(fuzz_json PRIVATE -fsanitize=fuzzer,address,undefined)
endif()
