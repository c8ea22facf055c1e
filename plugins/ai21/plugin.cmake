# SPDX-License-Identifier: Apache-2.0
set(ai21 ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME ai21
  MANIFEST ${ai21}/manifest.json
  SOURCES ${ai21}/ai21.c ${ai21}/params.c ${ai21}/messages.c ${ai21}/legacy.c
          ${ai21}/legacy_answer.c
  LIB openai bearer.c prompt.c jurassic.c
  RECORDINGS ${ai21}/recordings)
