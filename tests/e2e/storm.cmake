# SPDX-License-Identifier: Apache-2.0
# Ten thousand calls over vendors that fail three times in ten.
pbay_test(e2e_storm ${CMAKE_CURRENT_LIST_DIR}/storm.c e2e patchbay pbay_stub PkgConfig::JSONC)
target_sources(e2e_storm PRIVATE ${CMAKE_CURRENT_LIST_DIR}/storm_judge.c ${CMAKE_CURRENT_LIST_DIR}/storm_text.c
               ${CMAKE_CURRENT_LIST_DIR}/storm_vendor.c)
target_compile_definitions(e2e_storm PRIVATE _GNU_SOURCE)
add_dependencies(e2e_storm driver_openai)
set_tests_properties(e2e_storm PROPERTIES TIMEOUT 300 LABELS "e2e;threads")
