# SPDX-License-Identifier: Apache-2.0
# The stub vendor as a library for tests, and servers on it that speak the vendors' dialects.
add_library(pbay_stub STATIC ${CMAKE_CURRENT_LIST_DIR}/stub.c ${CMAKE_CURRENT_LIST_DIR}/script.c)
target_include_directories(pbay_stub PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(pbay_stub PUBLIC pbay_loop pbay_base)

add_library(pbay_vendors STATIC
  ${CMAKE_CURRENT_LIST_DIR}/vendor_parts.c ${CMAKE_CURRENT_LIST_DIR}/vendor_openai.c
  ${CMAKE_CURRENT_LIST_DIR}/vendor_anthropic.c ${CMAKE_CURRENT_LIST_DIR}/vendor_ollama.c)
target_link_libraries(pbay_vendors PUBLIC pbay_stub PkgConfig::JSONC)
