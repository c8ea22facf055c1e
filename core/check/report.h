/* SPDX-License-Identifier: Apache-2.0 */
/* What patchbay-drivercheck prints: lines for people, or one JSON document. Belongs to the main
 * thread. */
#ifndef PBAY_CHECK_REPORT_H
#define PBAY_CHECK_REPORT_H

#include "check/child.h"

typedef struct PbayReport PbayReport;

/* file: as the person named it, for the lines that say how to repeat a finding. */
PbayReport *pbay_report_new(const char *file, bool json);

/* What came of a check of the file or the driver (path NULL) or of a recording. A row's checks
 * may come in any order. */
void pbay_report_verdict(PbayReport *report, const char *path, const PbayJob *job,
                         const PbayVerdict *verdict);
/* A recording that cannot be read, a folder without one. */
void pbay_report_unreadable(PbayReport *report, const char *path, const char *why);

/* A row is over: its line or lines are printed. path NULL: that of the file. */
void pbay_report_row(PbayReport *report, const char *path);

/* The last line, or the document. The number of rows that failed. Frees. */
unsigned pbay_report_end(PbayReport *report);

/* The table of checks, for --list. */
void pbay_report_list(bool json);

#endif
