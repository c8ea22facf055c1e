/* SPDX-License-Identifier: Apache-2.0 */
/* Runs checks in child processes, several at a time, each with a time limit: what crashes or
 * hangs there is a finding of its check, and the others go on. For the main thread of a program
 * with no other thread. */
#ifndef PBAY_CHECK_CHILD_H
#define PBAY_CHECK_CHILD_H

#include "check/verdict.h"

typedef struct PbayJob {
    const PbayCheck *check;
    const PbayRecording *recording; /* or NULL */
    guint row;                      /* the caller's */
} PbayJob;

typedef struct PbayChildSpec {
    const PbayCheckOptions *options;
    const GPtrArray *recordings;
    unsigned jobs; /* children at a time, at least 1 */
    int timeout;   /* seconds a check may take */
    bool no_fork;  /* in this very process, without a limit: for debuggers */
    /* A job is over; verdict is borrowed for the call. May push jobs onto the queue. */
    void (*done)(void *user, const PbayJob *job, const PbayVerdict *verdict);
    void *user;
} PbayChildSpec;

/* Runs the jobs of the queue (PbayJob *, g_free) from its head until none is left. */
void pbay_children_run(const PbayChildSpec *spec, GQueue *jobs);

#endif
