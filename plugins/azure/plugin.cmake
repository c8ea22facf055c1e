# SPDX-License-Identifier: Apache-2.0
set(azure ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME azure
  MANIFEST ${azure}/manifest.json
  SOURCES ${azure}/azure.c ${azure}/place.c ${azure}/version.c ${azure}/errors.c ${azure}/images.c
  LIB openai bearer.c oauth.c entra.c azure_error.c
  RECORDINGS ${azure}/recordings)
