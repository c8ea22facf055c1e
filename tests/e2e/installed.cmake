# SPDX-License-Identifier: Apache-2.0
# An installed Patchbay and what is built on it. It builds the tree a second time, for its prefix.
add_test(NAME e2e_installed
         COMMAND ${CMAKE_CURRENT_LIST_DIR}/installed.sh ${PROJECT_SOURCE_DIR}
                 ${CMAKE_BINARY_DIR}/installed ${CMAKE_C_COMPILER} "${PATCHBAY_SANITIZE}")
set_tests_properties(e2e_installed PROPERTIES TIMEOUT 900 LABELS e2e SKIP_RETURN_CODE 77)
