/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of patchbay-drivercheck: one row each in the table of checks.c, and what a check is
 * given while it runs. A check runs in a child process of its own with a time limit, on one
 * thread, so that a crash or a hang of the driver is a finding; it never prints by itself.
 *
 * To add one: write `void pbay_check_NAME(PbayCheckRun *run)` in a file of its own, which says
 * what it is about to do with pbay_check_at and what is wrong with pbay_check_found; declare it
 * at the end of this header and add one row to the table in checks.c. Nothing else has to know. */
#ifndef PBAY_CHECK_CHECKS_H
#define PBAY_CHECK_CHECKS_H

#include "check/recording.h"
#include "check/replay.h"

#include <glib.h>

typedef enum PbayCheckScope {
    PBAY_CHECK_FILE,     /* once, of the file alone: nothing of it has been run              */
    PBAY_CHECK_DRIVER,   /* once, with the driver loaded and every recording read            */
    PBAY_CHECK_RECORDING /* once a recording, with the driver loaded                         */
} PbayCheckScope;

typedef struct PbayCheckRun PbayCheckRun;

typedef struct PbayCheck {
    const char *name; /* of --only */
    const char *what; /* one line for --list: what is done and what must come of it */
    PbayCheckScope scope;
    bool deferred; /* the driver is loaded with services that hold effects back (defer.h) */
    void (*run)(PbayCheckRun *run);
} PbayCheck;

/* NULL-named at the end. The checks of a driver that does not pass "load" are not run, nor those
 * of a recording that does not pass "recorded". */
extern const PbayCheck pbay_checks[];
const PbayCheck *pbay_check_find(const char *name); /* or NULL */

typedef struct PbayCheckOptions {
    const char *file; /* the driver */
    bool folder;      /* the recordings are all that the driver has, not some of them */
    bool print;       /* "recorded" shows what came, for writing a recording */
    int stride;       /* of the positions where a reply is split or cut */
    int64_t at;       /* only this position or seed; -1: all */
} PbayCheckOptions;

/* Where a check is: kept in memory that the parent sees, so that it knows where a child died. */
typedef struct PbayCheckPlace {
    int64_t at; /* -1: no position */
    uint64_t runs;
    char doing[256];
} PbayCheckPlace;

struct PbayCheckRun {
    const PbayCheck *check;
    const PbayCheckOptions *options;
    const GPtrArray *recordings;    /* PbayRecording *: all that could be read */
    const PbayRecording *recording; /* of a RECORDING check, else NULL */
    PbayDriver *driver;             /* loaded; NULL for a FILE check */
    PbayLoop *loop;                 /* for replays; NULL for a FILE check */
    PbayProvider *kept;             /* between the replays of a check that keeps it, or NULL */
    PbayReplayResult first;         /* as recorded: what pbay_check_first gave */
    PbayCheckPlace *place;
    int told;         /* descriptor that lines of JSON for the parent go to (verdict.h) */
    unsigned found;   /* findings so far */
    bool first_known; /* is `first` filled? */
};

/* Says what is done next: "split at byte 14", with the position that --at repeats, or -1. */
void pbay_check_at(PbayCheckRun *run, int64_t at, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* A finding at the place announced last: what was expected and what came. */
void pbay_check_found(PbayCheckRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Why the check, or a part of it, could not be made here. */
void pbay_check_skip(PbayCheckRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Text for standard output as it stands (--print). */
void pbay_check_show(PbayCheckRun *run, const char *text);

/* One replay of the recording, counted; splits and cuts of one check share a provider. False
 * after a finding: it could not be run. */
bool pbay_check_replay(PbayCheckRun *run, const PbayReplaySpec *spec, PbayReplayResult *result);
/* Fills run->first: the recording as it stands. False after a finding. */
bool pbay_check_first(PbayCheckRun *run);
/* Is this position wanted: by --at, or none was asked for? */
bool pbay_check_wants(const PbayCheckRun *run, int64_t at);

/* exports.c, imports.c, load_check.c: the file and the driver. */
void pbay_check_exports(PbayCheckRun *run);
void pbay_check_nodelete(PbayCheckRun *run);
void pbay_check_needed(PbayCheckRun *run);
void pbay_check_imports(PbayCheckRun *run);
void pbay_check_load(PbayCheckRun *run);
void pbay_check_manifest(PbayCheckRun *run);
/* claims.c, fates.c: what the manifest says against what is done. */
void pbay_check_claims(PbayCheckRun *run);
void pbay_check_fates(PbayCheckRun *run);
/* splits.c: however the bytes come, and wherever they end. */
void pbay_check_recorded(PbayCheckRun *run);
void pbay_check_split(PbayCheckRun *run);
void pbay_check_random(PbayCheckRun *run);
void pbay_check_cut(PbayCheckRun *run);
/* order.c: whenever, wherever and beside whatever it runs. */
void pbay_check_twice(PbayCheckRun *run);
void pbay_check_thread(PbayCheckRun *run);
void pbay_check_interleaved(PbayCheckRun *run);
void pbay_check_unknown(PbayCheckRun *run);
void pbay_check_lifecycle(PbayCheckRun *run);

#endif
