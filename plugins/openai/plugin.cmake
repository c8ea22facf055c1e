# SPDX-License-Identifier: Apache-2.0
set(openai ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME openai
  MANIFEST ${openai}/manifest.json
  SOURCES ${openai}/openai.c ${openai}/options.c ${openai}/family.c ${openai}/request.c
          ${openai}/params.c ${openai}/messages.c ${openai}/turns.c ${openai}/content.c ${openai}/tools.c
          ${openai}/repair.c ${openai}/response.c
  LIB setup.c bearer.c params.c str.c buffer.c sse.c url.c hex.c base64.c duration.c retry.c error_class.c error.c usage.c
      tool_calls.c chat.c embeddings.c listing.c schema.c)
