# SPDX-License-Identifier: Apache-2.0
set(openai ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME openai
  MANIFEST ${openai}/manifest.json
  SOURCES ${openai}/openai.c
  LIB openai bearer.c)
