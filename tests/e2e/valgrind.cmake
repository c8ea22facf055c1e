# SPDX-License-Identifier: Apache-2.0
# Tests of the exchange room under valgrind: transfers, credentials, engines, broken drivers.
set(valgrind_programs)
foreach(name exchange machine curl_transport credentials engine inline fakes)
  if(TARGET unit_exchange_${name})
    list(APPEND valgrind_programs $<TARGET_FILE:unit_exchange_${name}>)
  endif()
endforeach()
add_test(NAME e2e_valgrind COMMAND ${CMAKE_CURRENT_LIST_DIR}/valgrind.sh "${PATCHBAY_SANITIZE}"
                                   ${valgrind_programs})
set_tests_properties(e2e_valgrind PROPERTIES TIMEOUT 900 LABELS valgrind SKIP_RETURN_CODE 77
  ENVIRONMENT "G_DEBUG=gc-friendly;G_SLICE=always-malloc;PBAY_BUILD_DIR=${CMAKE_BINARY_DIR};\
PBAY_SOURCE_DIR=${PROJECT_SOURCE_DIR};HOME=/nonexistent;XDG_CONFIG_HOME=/nonexistent")
