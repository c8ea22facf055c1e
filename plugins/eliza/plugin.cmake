# SPDX-License-Identifier: Apache-2.0
set(eliza ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME eliza
  MANIFEST ${eliza}/manifest.json
  SOURCES ${eliza}/eliza.c ${eliza}/answer.c ${eliza}/parameters.c ${eliza}/engine.c
          ${eliza}/pattern.c ${eliza}/text.c ${eliza}/script.c
  LIB setup.c)
