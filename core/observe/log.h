/* SPDX-License-Identifier: Apache-2.0 */
/* The log: one process-wide sink (stderr, or a function of the program), a level, text or JSON
 * lines. Each line is redacted last, on every sink. Any thread; a line is written whole. */
#ifndef PBAY_OBSERVE_LOG_H
#define PBAY_OBSERVE_LOG_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

typedef enum PbayLogLevel {
    PBAY_LOG_DEBUG = PB_LOG_DEBUG,
    PBAY_LOG_INFO = PB_LOG_INFO,
    PBAY_LOG_WARN = PB_LOG_WARN,
    PBAY_LOG_ERROR = PB_LOG_ERROR,
    PBAY_LOG_NONE = 9
} PbayLogLevel;

/* line: without its newline, borrowed. Called by any thread, one at a time; what a sink itself
 * logs goes to stderr. */
typedef void (*PbayLogSink)(void *data, int level, const char *line);

/* "debug" "info" "warn"/"warning" "error" "none". False: unknown name. */
bool pbay_log_level_parse(const char *name, PbayLogLevel *level);

void pbay_log_set_level(PbayLogLevel level); /* at start: warn */
void pbay_log_set_json(bool json);
void pbay_log_set_sink(PbayLogSink sink, void *data); /* NULL: stderr */

/* Cheap when the level is off. */
bool pbay_log_on(PbayLogLevel level);

/* room: "config", "drivers", "exchange" ... Control characters of the message are shown escaped; a
 * line is cut at 16 KiB. */
void pbay_log(PbayLogLevel level, const char *room, const char *format, ...) G_GNUC_PRINTF(3, 4);
void pbay_log_str(PbayLogLevel level, const char *room, pb_str message);

#endif
