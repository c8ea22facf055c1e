# SPDX-License-Identifier: Apache-2.0
set(huggingface ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME huggingface
  MANIFEST ${huggingface}/manifest.json
  SOURCES ${huggingface}/huggingface.c ${huggingface}/route.c ${huggingface}/errors.c
          ${huggingface}/generate.c ${huggingface}/generate_params.c
          ${huggingface}/generate_answer.c ${huggingface}/response.c ${huggingface}/vectors.c
          ${huggingface}/image.c
  LIB openai bearer.c prompt.c
  RECORDINGS ${huggingface}/recordings)
