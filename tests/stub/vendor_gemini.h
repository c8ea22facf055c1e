/* SPDX-License-Identifier: Apache-2.0 */
/* The generateContent dialect as a strict server speaks it, for every platform that serves Gemini:
 * AI Studio's row is in vendors/gemini.c, others bring their own paths and credentials. Runs on
 * the stub's thread. */
#ifndef TESTS_STUB_VENDOR_GEMINI_H
#define TESTS_STUB_VENDOR_GEMINI_H

#include "stub/vendor_parts.h"

/* Reads and judges the body of a request and gives the answer, or the refusal if there is a
 * complaint. r->model is set before: "parrot", "tools" ...; stream: by the method in the URL. ids:
 * calls and their results may have an id. */
StubScript *vendor_gemini_answer(VendorRequest *r, bool stream, bool ids);

/* A refusal in the form of google.rpc.Status. */
StubScript *vendor_gemini_error(int status, const char *message);

#endif
