# SPDX-License-Identifier: Apache-2.0
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
set(vertex_ai ${CMAKE_CURRENT_LIST_DIR})
patchbay_add_driver(
  NAME vertex_ai
  MANIFEST ${vertex_ai}/manifest.json
  SOURCES ${vertex_ai}/vertex_ai.c ${vertex_ai}/route.c ${vertex_ai}/url.c ${vertex_ai}/request.c
          ${vertex_ai}/response.c ${vertex_ai}/credential.c ${vertex_ai}/assertion.c
          ${vertex_ai}/rsa.c ${vertex_ai}/palm.c ${vertex_ai}/embed.c
  LIB anthropic gemini openai bearer.c oauth.c prompt.c turns.c
  LINK OpenSSL::Crypto
  RECORDINGS ${vertex_ai}/recordings)
