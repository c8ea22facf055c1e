/* SPDX-License-Identifier: Apache-2.0 */
/* Vendors on the stub: servers that speak a vendor's protocol and refuse, as strictly as the vendor
 * or more, whatever is not in its reference. The model's name picks what happens, so that one
 * server serves all cases. Functions are for the test's thread; answers are made on the stub's.
 *
 *   parrot      says back the last user text, in three pieces
 *   count       says how many messages it was given
 *   tools       calls the first tool it was offered, its arguments in pieces
 *   think       reasons, then answers
 *   raw         text with control characters, UTF-8 and an escape sequence
 *   long        64 pieces and no pause
 *   stall       one piece, then silence          silent     nothing at all
 *   cut         one piece, then the connection closes
 *   late-error  one piece, then an error inside the 200
 *   http-NNN    an error with that status        echo-key   a 401 that repeats the credentials it
 * got broken      a 200 with bytes that are no JSON */
#ifndef TESTS_STUB_VENDOR_H
#define TESTS_STUB_VENDOR_H

#include "stub/stub.h"

typedef struct Vendor {
    Stub *stub;
    char *key; /* what it takes; NULL: anything, also nothing */
} Vendor;

Vendor *vendor_openai_new(const char *key);
Vendor *vendor_anthropic_new(const char *key);
Vendor *vendor_ollama_new(const char *key);
void vendor_free(Vendor *vendor);

/* What those servers answer to one request, for servers of clouds that speak the same dialect
 * behind other doors; `vendor` is a Vendor, a NULL key checks none. [server] */
StubScript *vendor_openai_answer(void *vendor, const StubRequest *http);
StubScript *vendor_anthropic_answer(void *vendor, const StubRequest *http);

#endif
