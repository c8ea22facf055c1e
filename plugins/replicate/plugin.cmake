# SPDX-License-Identifier: Apache-2.0
set(replicate ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME replicate
  MANIFEST ${replicate}/manifest.json
  SOURCES ${replicate}/replicate.c ${replicate}/provider.c ${replicate}/models.c
          ${replicate}/target.c ${replicate}/origin.c ${replicate}/request.c ${replicate}/params.c
          ${replicate}/prompt.c ${replicate}/image.c ${replicate}/prediction.c
          ${replicate}/stream.c ${replicate}/response.c ${replicate}/errors.c
  LIB base64.c bearer.c buffer.c duration.c error.c error_class.c hex.c params.c prompt.c retry.c
      setup.c sse.c str.c url.c
  RECORDINGS ${replicate}/recordings)
