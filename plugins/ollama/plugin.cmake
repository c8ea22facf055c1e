# SPDX-License-Identifier: Apache-2.0
set(ollama ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME ollama
  MANIFEST ${ollama}/manifest.json
  SOURCES ${ollama}/ollama.c ${ollama}/host.c ${ollama}/request.c ${ollama}/params.c
          ${ollama}/options.c ${ollama}/thinking.c ${ollama}/messages.c ${ollama}/tools.c
          ${ollama}/response.c ${ollama}/answer.c ${ollama}/errors.c
  LIB base64.c bearer.c buffer.c duration.c embeddings.c error.c error_class.c hex.c listing.c
      ndjson.c params.c retry.c setup.c str.c url.c usage.c
  RECORDINGS ${ollama}/recordings)
