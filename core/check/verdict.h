/* SPDX-License-Identifier: Apache-2.0 */
/* What came of one check: findings, each with what was being done, and what could not be
 * checked. Read from the lines that a child tells. Owned by one thread. */
#ifndef PBAY_CHECK_VERDICT_H
#define PBAY_CHECK_VERDICT_H

#include "check/checks.h"

typedef struct PbayFinding {
    char *doing; /* "split at byte 14" */
    int64_t at;  /* for --at, or -1 */
    char *found;
} PbayFinding;

typedef struct PbayVerdict {
    GPtrArray *findings; /* PbayFinding * */
    GPtrArray *skipped;  /* char *: why */
    GString *show;       /* for standard output */
    uint64_t runs;
} PbayVerdict;

PbayVerdict *pbay_verdict_new(void);
void pbay_verdict_free(PbayVerdict *verdict);

/* Takes in the lines of a child; one that was cut off by its death is passed over. */
void pbay_verdict_read(PbayVerdict *verdict, const char *lines);
void pbay_verdict_add(PbayVerdict *verdict, const char *doing, int64_t at, char *found);

#endif
