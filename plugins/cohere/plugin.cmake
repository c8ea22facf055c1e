# SPDX-License-Identifier: Apache-2.0
set(cohere ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME cohere
  MANIFEST ${cohere}/manifest.json
  SOURCES ${cohere}/cohere.c ${cohere}/request.c ${cohere}/params.c ${cohere}/thinking.c
          ${cohere}/messages.c ${cohere}/tools.c ${cohere}/embed.c
          ${cohere}/response.c ${cohere}/answer.c ${cohere}/stream.c ${cohere}/emit.c
          ${cohere}/errors.c
  LIB base64.c bearer.c buffer.c duration.c embeddings.c error.c error_class.c hex.c listing.c
      params.c rerank.c retry.c setup.c sse.c str.c url.c usage.c
  RECORDINGS ${cohere}/recordings)
