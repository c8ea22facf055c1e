# SPDX-License-Identifier: Apache-2.0
set(anthropic ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME anthropic
  MANIFEST ${anthropic}/manifest.json
  SOURCES ${anthropic}/anthropic.c ${anthropic}/request.c ${anthropic}/models.c
  LIB anthropic bearer.c
  RECORDINGS ${anthropic}/recordings)
