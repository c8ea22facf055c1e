/* SPDX-License-Identifier: Apache-2.0 */
/* What the stub's server knows of a script. */
#ifndef TESTS_STUB_SCRIPT_H
#define TESTS_STUB_SCRIPT_H

#include "stub/stub.h"

typedef enum StubStepKind { STUB_SEND, STUB_WAIT, STUB_STALL, STUB_CUT, STUB_RESET } StubStepKind;

typedef struct StubStep {
    StubStepKind kind;
    GByteArray *bytes; /* SEND */
    int ms;            /* WAIT */
} StubStep;

struct StubScript {
    int status;
    bool chunked, until_close, raw;
    GString *headers;
    GArray *steps; /* StubStep */
    size_t body_len;
};

void stub_script_free(StubScript *script);
void stub_script_write_head(const StubScript *script, GByteArray *out);
void stub_script_write_piece(const StubScript *script, const StubStep *step, GByteArray *out);
void stub_script_write_end(const StubScript *script, GByteArray *out);

#endif
