# SPDX-License-Identifier: Apache-2.0
set(anthropic ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME anthropic
  MANIFEST ${anthropic}/manifest.json
  SOURCES ${anthropic}/anthropic.c ${anthropic}/request.c ${anthropic}/params.c
          ${anthropic}/thinking.c ${anthropic}/schema.c ${anthropic}/system.c
          ${anthropic}/messages.c ${anthropic}/parts.c ${anthropic}/media.c ${anthropic}/tools.c
          ${anthropic}/names.c ${anthropic}/models.c ${anthropic}/response.c ${anthropic}/stream.c
          ${anthropic}/blocks.c ${anthropic}/json_answer.c ${anthropic}/finish.c
          ${anthropic}/emit.c ${anthropic}/errors.c ${anthropic}/legacy.c
  LIB base64.c bearer.c buffer.c duration.c error.c error_class.c hex.c params.c retry.c schema.c
      setup.c sse.c str.c url.c
  RECORDINGS ${anthropic}/recordings)
