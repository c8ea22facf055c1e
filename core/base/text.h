/* SPDX-License-Identifier: Apache-2.0 */
/* Text helpers that more than one room needs: UTF-8 cleaning, the nearest known name for a typo,
 * quantities with units, JSON string escaping for small hand-made documents. Pure; any thread. */
#ifndef PBAY_BASE_TEXT_H
#define PBAY_BASE_TEXT_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <stdint.h>

/* Appends s, with each invalid UTF-8 sequence replaced by U+FFFD and NUL dropped. */
void pbay_text_append_utf8(GString *out, pb_str s);

/* The member of NULL-terminated `known` nearest to `name` (Damerau-Levenshtein, at most a third of
 * its length and never more than 3 edits; A-Z and a-z are the same), or NULL. Borrowed from
 * `known`. */
const char *pbay_text_nearest(const char *name, const char *const *known);

/* "250ms" "20s" "5m" "1h", or a bare number of seconds -> milliseconds. False if it is none or over
 * 30 days. */
bool pbay_text_duration(const char *text, int64_t *ms);

/* "512", "64KiB", "16MiB", "1GiB" -> bytes. */
bool pbay_text_size(const char *text, int64_t *bytes);

/* true/false/yes/no/1/0. */
bool pbay_text_bool(const char *text, bool *value);

/* Appends s as a JSON string with quotes: escapes ", \, and controls; other bytes go as they are
 * after UTF-8 cleaning. */
void pbay_text_append_json(GString *out, pb_str s);

/* fnmatch-like: `*` any run, `?` one character, all else literal; case-sensitive. */
bool pbay_text_glob(const char *pattern, pb_str text);

/* url with `***` for the user:password@ before its host, which some put there. Caller frees. */
char *pbay_text_show_url(const char *url);

#endif
