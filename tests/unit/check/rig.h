/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the check room: a recording of the fake driver `good` that is right, with
 * single lines of it replaced, as text, as a file and read. One thread. */
#ifndef PBAY_TEST_CHECK_RIG_H
#define PBAY_TEST_CHECK_RIG_H

#include "check/recording.h"
#include "check/replay.h"
#include "drivers/drivers.h"

#include <glib.h>

/* The good recording with the first line of this kind ("send", "outcome" ...) replaced by other
 * lines, or left out if with is NULL. kind NULL: as it is. For a driver of another name give
 * driver. g_free. */
char *rig_text(const char *driver, const char *kind, const char *with);

/* Writes the text to a fresh file; rig_remove deletes it and frees the path. */
char *rig_write(const char *text);
void rig_remove(char *path);

/* Reads a recording that must be right. */
PbayRecording *rig_read(const char *text);

/* Reads one that must not be; the message without the path, g_free. */
char *rig_refusal(const char *text);

void rig_assert_bytes(const GByteArray *got, const char *expected, size_t len);

/* Loads fakes/NAME.so. */
PbayDriver *rig_driver(const char *name);

/* How patchbay-drivercheck ended and what it printed. */
typedef struct RigRan {
    int status;
    char *out, *err;
} RigRan;

/* fakes/NAME.so; g_free. */
char *rig_driver_path(const char *name);

/* Runs patchbay-drivercheck; arguments end with NULL. rig_ran_clear. */
RigRan rig_tool(const char *const *arguments);
void rig_ran_clear(RigRan *ran);

/* A recording of a fake that tells numbers, or text, as `text`: one whole JSON reply. g_free. */
char *rig_json(const char *driver, const char *text);

/* Runs one check of a fake, on a recording as text (NULL: none), with one more option (NULL:
 * none); it must pass, or fail with these words. */
void rig_passes(const char *driver, const char *check, const char *text, const char *option);
void rig_fails(const char *driver, const char *check, const char *text, const char *option,
               const char *said);

#endif
