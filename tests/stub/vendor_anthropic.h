/* SPDX-License-Identifier: Apache-2.0 */
/* The Messages dialect as a strict server speaks it on a platform that hosts Claude: the model
 * stands in the URL, a version in the body. Anthropic's own is vendor_anthropic_new(). Runs on the
 * stub's thread. */
#ifndef TESTS_STUB_VENDOR_ANTHROPIC_H
#define TESTS_STUB_VENDOR_ANTHROPIC_H

#include "stub/vendor_parts.h"

/* Reads and judges the body and gives the answer, or the refusal if there is a complaint. r->model
 * is set before; r->stream is what the body says. version: the only anthropic_version taken. */
StubScript *vendor_anthropic_hosted(VendorRequest *r, const char *version);

#endif
