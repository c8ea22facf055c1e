# SPDX-License-Identifier: MIT
# What this folder needs beside its own files; LIB anthropic of patchbay_add_driver compiles these in too.
set(needs setup.c params.c str.c buffer.c sse.c url.c hex.c base64.c duration.c retry.c error_class.c error.c
          schema.c names.c turns.c)
