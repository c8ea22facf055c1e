/* SPDX-License-Identifier: Apache-2.0 */
/* All checks of one driver and its recordings, in the order in which one rests on another: the
 * file, the loaded driver, each recording as it stands, then all else of it. Main thread. */
#ifndef PBAY_CHECK_SUITE_H
#define PBAY_CHECK_SUITE_H

#include "check/report.h"

typedef struct PbaySuiteSpec {
    PbayCheckOptions options;
    const char *const *only; /* names of checks, NULL-terminated; NULL or empty: all */
    const GPtrArray *paths;  /* char *: recordings */
    unsigned jobs;
    int timeout;
    bool no_fork;
} PbaySuiteSpec;

void pbay_suite_run(const PbaySuiteSpec *spec, PbayReport *report);

#endif
