/* SPDX-License-Identifier: Apache-2.0 */
/* Where the server is, as people write it. Pure; any thread. */
#ifndef OLLAMA_HOST_H
#define OLLAMA_HOST_H

#include "lib/buffer.h"

/* Appends a complete URL without a slash at its end for what OLLAMA_HOST or a base URL may say:
 * "", "gpu", "gpu:8080", ":8080", "::1", "http://gpu", "https://ollama.com/". Without a scheme it
 * is http and the port 11434; with one the port is the scheme's. An address that a server listens
 * on (0.0.0.0, [::]) becomes one that can be reached. A path "/api" or "/v1" at the end is left
 * out. False: the buffer's bound. */
bool ollama_host_url(pb_str given, pbs_buf *url);

#endif
