/* SPDX-License-Identifier: Apache-2.0 */
/* The text of one conf.d file as groups and keys with their lines. It knows nothing of what
 * sections and keys mean, of escapes or of expansion. The grammar is GKeyFile's, stricter where
 * that is silent. */
#ifndef PBAY_CONFIG_SCANNER_H
#define PBAY_CONFIG_SCANNER_H

#include "config/config.h"

typedef struct PbayScanKey {
    char *name;
    char *raw; /* as written behind `=`, outer blanks stripped */
    int line;
} PbayScanKey;

typedef struct PbayScanGroup {
    char *name; /* what stands between the brackets */
    int line;
    GPtrArray *keys;     /* PbayScanKey *, in order         */
    GHashTable *by_name; /* the same, by name              */
} PbayScanGroup;

/* Groups in order of first appearance; PbayScanGroup *, freed with g_ptr_array_unref. Every mistake
 * is added to problems with file:line; what stands around it is still read. A text that is not
 * UTF-8 or holds a NUL byte gives no groups. Of a key twice in a file the first is kept. */
GPtrArray *pbay_config_scan(const char *file, pb_str text, PbayProblems *problems);

/* Shared with the reader of environment files: false, with a problem added, when text holds a NUL
 * byte or is not UTF-8. */
bool pbay_config_text_ok(const char *file, pb_str text, PbayProblems *problems);

/* Takes the next line off *text, without its line feed and one carriage return before it. False at
 * the end. The first call should see a text without its byte order mark (pbay_config_skip_bom). */
bool pbay_config_next_line(pb_str *text, pb_str *line);
pb_str pbay_config_skip_bom(pb_str text);

/* Without blanks (space, tab) at both ends. */
pb_str pbay_config_trim(pb_str text);

#endif
