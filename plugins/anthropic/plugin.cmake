# SPDX-License-Identifier: Apache-2.0
set(anthropic ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME anthropic
  MANIFEST ${anthropic}/manifest.json
  SOURCES ${anthropic}/anthropic.c ${anthropic}/request.c ${anthropic}/models.c
  LIB anthropic base64.c bearer.c buffer.c duration.c error.c error_class.c hex.c params.c retry.c
      schema.c setup.c sse.c str.c url.c
  RECORDINGS ${anthropic}/recordings)
