/* SPDX-License-Identifier: Apache-2.0 */
/* What a vendor of the storm says and does, as a function of a seed and of who asks: the fate of
 * the n-th request that one call sends to one target, and the text of its answer. Server and judge
 * compute it each for themselves, so that a byte of another answer cannot go unseen. Pure; any
 * thread. */
#ifndef TESTS_E2E_STORM_TEXT_H
#define TESTS_E2E_STORM_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define STORM_TARGETS 3u
#define STORM_NAMES   "abc" /* of the providers */

/* One request: of which call, at which target, and how many that call sent there before. */
typedef struct StormVisit {
    uint32_t seed;
    unsigned nonce, target, visit;
} StormVisit;

/* EARLY: before content; LATE: after some pieces of a stream, or half of a whole answer. */
typedef enum StormFate {
    STORM_WELL,
    STORM_RESET_HEAD,
    STORM_RESET_EARLY,
    STORM_RESET_LATE,
    STORM_STALL_HEAD,
    STORM_STALL_EARLY,
    STORM_STALL_LATE,
    STORM_LIMIT_MS, /* 429 with retry-after-ms */
    STORM_LIMIT_S,  /* 429 with Retry-After    */
    STORM_500,
    STORM_502,
    STORM_503,
    STORM_503_HINT,    /* 503 with Retry-After */
    STORM_FRAME_EARLY, /* an error inside the 200 */
    STORM_FRAME_LATE,
    STORM_CUT_EARLY, /* the connection closes in the middle of a chunked body */
    STORM_CUT_LATE,
    STORM_END_EARLY, /* ... of a body that the end of the connection ends */
    STORM_END_LATE,
    STORM_BROKEN_EARLY, /* no JSON */
    STORM_BROKEN_LATE,
    STORM_EMPTY, /* a 200 without a byte */
    STORM_FATES
} StormFate;

const char *storm_fate_name(StormFate fate);
StormFate storm_fate(StormVisit v);
/* May an attempt with this fate end in that class (PATCHBAY_ERR_*)? */
bool storm_fate_gives(StormFate fate, int cls);
bool storm_fate_is_late(StormFate fate);
/* What LIMIT_* and 503_HINT say; 0: no hint. */
int storm_hint_ms(StormFate fate, StormVisit v);

/* Repeatable chance: 0 to n-1; salt tells one use from another. */
unsigned storm_chance(StormVisit v, unsigned salt, unsigned n);

/* The answer, in pieces (at least two): "a:00012:1:" words "=CHECKSUM". g_ptr_array_unref */
GPtrArray *storm_pieces(StormVisit v);
char *storm_text(StormVisit v); /* g_free */
/* Whose answer begins like that: false: too short to say, or nobody's. */
bool storm_text_origin(const char *text, uint32_t seed, StormVisit *v);
char *storm_id(StormVisit v); /* of the answer: "chatcmpl-a-00012-1"; g_free */

/* What the vendor counts. */
int storm_prompt_tokens(StormVisit v);
int storm_completion_tokens(StormVisit v);

#endif
