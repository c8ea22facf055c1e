/* SPDX-License-Identifier: Apache-2.0 */
/* What Azure's strict servers share: a request that passed the door is handed to the server of the
 * dialect behind it, whose answer goes out as Azure words it: with what the content filters found,
 * before, beside and behind the text. Runs on the stub's thread. */
#ifndef TESTS_STUB_VENDOR_AZURE_H
#define TESTS_STUB_VENDOR_AZURE_H

#include "stub/vendor_parts.h"

const char *azure_header(const StubRequest *http, const char *name);
StubScript *azure_refuse(int status, const char *code, const char *message);

/* As OpenAI's server sees it; model: the one that counts, whatever the body names (OpenAI's own
 * client for Azure leaves it in); NULL: the body names it. */
StubScript *azure_forward(const StubRequest *http, const char *model, const char *target);

#endif
