# SPDX-License-Identifier: Apache-2.0
set(gemini ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME gemini
  MANIFEST ${gemini}/manifest.json
  SOURCES ${gemini}/gemini.c ${gemini}/request.c ${gemini}/response.c ${gemini}/models.c ${gemini}/palm.c
  LIB gemini
  RECORDINGS ${gemini}/recordings)
