# SPDX-License-Identifier: Apache-2.0
# All unit tests of the exchange room under valgrind.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/exchange/test_*.c)
set(valgrind_programs)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "^test_" "unit_exchange_" name ${name})
  list(APPEND valgrind_programs $<TARGET_FILE:${name}>)
endforeach()
add_test(NAME e2e_valgrind COMMAND ${CMAKE_CURRENT_LIST_DIR}/valgrind.sh "${PATCHBAY_SANITIZE}"
                                   ${valgrind_programs})
set_tests_properties(e2e_valgrind PROPERTIES TIMEOUT 900 LABELS valgrind SKIP_RETURN_CODE 77
  ENVIRONMENT "G_DEBUG=gc-friendly;G_SLICE=always-malloc;PBAY_BUILD_DIR=${CMAKE_BINARY_DIR};\
PBAY_SOURCE_DIR=${PROJECT_SOURCE_DIR};HOME=/nonexistent;XDG_CONFIG_HOME=/nonexistent")
