# SPDX-License-Identifier: Apache-2.0
set(azure_ai ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME azure_ai
  MANIFEST ${azure_ai}/manifest.json
  SOURCES ${azure_ai}/azure_ai.c ${azure_ai}/place.c ${azure_ai}/params.c ${azure_ai}/errors.c
  LIB openai anthropic bearer.c oauth.c entra.c azure_error.c rerank.c
  RECORDINGS ${azure_ai}/recordings)
