/* SPDX-License-Identifier: Apache-2.0 */
/* Finding, judging and loading drivers. A refused file is a row with a reason and a remedy,
 * never a failed start. Loading belongs to the configuration thread ([main], never concurrent);
 * the rows are immutable afterwards. A loaded row lives for the life of the process, as does its
 * image: nothing is ever unloaded; a refused one goes with the sets that hold it. */
#ifndef PBAY_DRIVERS_DRIVERS_H
#define PBAY_DRIVERS_DRIVERS_H

#include "drivers/manifest.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdatomic.h>
#include <stdbool.h>

/* The core as one driver sees it. */
struct pb_core {
    char *driver_id;
    char *reported; /* what the driver said through report() last, or NULL  [main] */
    void *test;     /* scripted clock and randomness of the tests (exchange/clock.h), else NULL */
};

typedef enum PbayDriverStatus {
    PBAY_DRIVER_LOADED,
    PBAY_DRIVER_REFUSED, /* reason, remedy; ops is NULL */
} PbayDriverStatus;

typedef struct PbayDriver {
    char *path; /* the file as found                                        */
    char *file; /* its base name                                            */
    int fd;     /* of the checked file, kept open for the life of the process, or -1 */
    uint64_t dev, ino, size, mtime_ns; /* which file that was                */
    PbayDriverStatus status;
    char *reason, *remedy; /* of a refusal, else NULL */

    /* Set as far as judging got; strings are the core's own copies. */
    char *id, *version, *vendor, *license;
    uint32_t abi_minor;
    uint64_t kinds;
    char **prefixes; /* NULL-terminated */
    int priority;    /* manifest's, default 0 */
    PbayManifest *manifest;

    const pb_driver *ops;
    const pb_execute *execute; /* or NULL */
    void *drv;                 /* what init returned */
    struct pb_core *core;
    atomic_bool broken; /* an engine that ignored cancelled() for 10 s: takes no new request */
} PbayDriver;

/* The rows of one scan; reference-counted, rows shared between scans when the file is the same. */
typedef struct PbayDriverSet {
    atomic_int refs;
    GPtrArray *rows; /* PbayDriver *, by folder, then by name */
} PbayDriverSet;

typedef struct PbayDriverSearch {
    const char *const
        *folders; /* NULL-terminated; NULL: the standard ones or $PATCHBAY_DRIVER_PATH */
    const PbayDriverSet
        *before;            /* a reload: refusals told then are not logged again; or NULL        */
    const pb_core_api *api; /* what init gets                                                    */
} PbayDriverSearch;

/* The [main] role of driver.h is one for the whole process, whichever thread plays it: held
 * around init, provider_open and provider_close, so that two cores, or a worker that lets the last
 * reference of a provider go, never call a driver's [main] ops at one time. Not recursive; never
 * held while waiting for anything else. [any] */
void pbay_driver_main_enter(void);
void pbay_driver_main_leave(void);

/* [main]. Never NULL. A folder that does not exist is skipped; one with wrong owner or mode is a
 * row. A file that was started with this api before gives the row of then. Of two files with one id
 * the higher priority wins, then the earlier; the other is refused. */
PbayDriverSet *pbay_drivers_scan(const PbayDriverSearch *search);

/* For tests and tools: judge and load one file, whatever folder it is in. Its row is kept. */
PbayDriver *pbay_drivers_load_file(const char *path, const pb_core_api *api);

PbayDriverSet *pbay_driver_set_ref(PbayDriverSet *set);
void pbay_driver_set_unref(PbayDriverSet *set); /* drivers stay loaded */
PbayDriver *pbay_driver_set_find(const PbayDriverSet *set, const char *id); /* loaded ones only */

/* "chat" <-> PB_KIND_CHAT ...; NULL / 0 for unknown. */
const char *pbay_kind_name(int32_t kind);
int32_t pbay_kind_parse(const char *name);

#endif
