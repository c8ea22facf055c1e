# SPDX-License-Identifier: Apache-2.0
set(mock ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME mock
  MANIFEST ${mock}/manifest.json
  SOURCES ${mock}/mock.c ${mock}/settings.c ${mock}/words.c ${mock}/errors.c ${mock}/params.c
          ${mock}/input.c ${mock}/text.c ${mock}/sample.c ${mock}/tools.c ${mock}/answer.c
          ${mock}/play.c ${mock}/vectors.c ${mock}/other.c
  LIB buffer.c duration.c error.c error_class.c params.c retry.c setup.c str.c
  RECORDINGS ${mock}/recordings)
