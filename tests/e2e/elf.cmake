# SPDX-License-Identifier: Apache-2.0
# What libpatchbay and the drivers of this build need, export and import.
add_test(NAME e2e_elf COMMAND ${CMAKE_CURRENT_LIST_DIR}/elf.sh $<TARGET_FILE:patchbay>
                              ${CMAKE_BINARY_DIR}/drivers "${PATCHBAY_SANITIZE}")
set_tests_properties(e2e_elf PROPERTIES TIMEOUT 60 LABELS e2e SKIP_RETURN_CODE 77)
