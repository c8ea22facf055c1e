/* SPDX-License-Identifier: Apache-2.0 */
/* The snippets of conf.d that make a vendor of the openai driver: its look-alikes. For tests. */
#ifndef TESTS_GOLDEN_SNIPPETS_H
#define TESTS_GOLDEN_SNIPPETS_H

#include <glib.h>

/* Names of providers ("together_ai"), in byte order. */
GPtrArray *golden_alikes(void);
/* The beginning of its recordings' names: "together-ai-"; g_free */
char *golden_prefix(const char *provider);
/* plugins/openai/recordings/ and a name in it; g_free */
char *golden_recording(const char *name);

#endif
