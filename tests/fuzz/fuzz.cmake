# SPDX-License-Identifier: Apache-2.0
# Differential fuzzing. The target functions always run as ordinary tests over a seeded corpus; with clang
# and -DPATCHBAY_FUZZ=ON they are built for libFuzzer too:
#   cmake --preset dev -B build/fuzz -DCMAKE_C_COMPILER=clang -DPATCHBAY_FUZZ=ON
#   cmake --build build/fuzz --target fuzz_json && build/fuzz/bin/fuzz_json -dict=tests/fuzz/json.dict -max_total_time=600
option(PATCHBAY_FUZZ "build the libFuzzer targets (clang only)" OFF)
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

if(PATCHBAY_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "PATCHBAY_FUZZ needs clang: add -DCMAKE_C_COMPILER=clang")
  endif()
  # The rooms are compiled in, so that their coverage leads the fuzzer while everything else stays as it is.
  file(GLOB fuzz_json_rooms CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/core/json/*.c
       ${PROJECT_SOURCE_DIR}/core/base/*.c)
  add_executable(fuzz_json EXCLUDE_FROM_ALL fuzz/json_fuzzer.c ${fuzz_json_target} ${fuzz_json_rooms})
  target_include_directories(fuzz_json PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/core
                             ${PROJECT_SOURCE_DIR}/sdk/include)
  target_compile_definitions(fuzz_json PRIVATE _GNU_SOURCE ${fuzz_json_oracles})
  target_compile_options(fuzz_json PRIVATE -O1 -fsanitize=fuzzer,address,undefined
                                           -fno-sanitize-recover=undefined)
  target_link_options(fuzz_json PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(fuzz_json PRIVATE PkgConfig::GLIB Threads::Threads ${CMAKE_DL_LIBS})
  add_dependencies(fuzz_json fuzz_oracle_jsonc fuzz_oracle_jansson)
endif()
