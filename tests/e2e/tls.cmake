# SPDX-License-Identifier: Apache-2.0
# What the tests of connections need beside the command: the library, servers of TLS and of raw bytes.
add_library(pbay_tls_server STATIC ${CMAKE_CURRENT_LIST_DIR}/tls_server.c)
target_link_libraries(pbay_tls_server PUBLIC pbay_e2e)
foreach(target e2e_tls e2e_connections)
  target_link_libraries(${target} PRIVATE pbay_tls_server pbay_test_support patchbay)
endforeach()
