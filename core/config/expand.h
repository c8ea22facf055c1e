/* SPDX-License-Identifier: Apache-2.0 */
/* The references of a value: ${env:NAME} ${env:NAME:-default} ${file:PATH} ${credential:NAME}, and
 * $$, once, never recursively. */
#ifndef PBAY_CONFIG_EXPAND_H
#define PBAY_CONFIG_EXPAND_H

#include "config/config.h"

/* The most a ${file:} or ${credential:} may hold. */
#define PBAY_EXPAND_FILE_MAX (64u * 1024u)

typedef struct PbayExpansion {
    char *text; /* UTF-8; what is missing gives nothing. NULL on a mistake */
    /* The first thing missing: "NAME" of an unset variable, or "${file:/a/b}", "${credential:x}" as
     * written when that does not exist or may not be read. Or NULL. */
    char *missing;
    char *why, *hint; /* of a mistake; hint may be NULL */
    bool expanded;    /* something was replaced (other than $$) */
} PbayExpansion;

/* Fills *out; false on a mistake (out->why). PATH is absolute or begins with `~/`; one final
 * newline of a file is dropped. Never shows what a variable or file holds. The thread that loads
 * configuration. */
bool pbay_config_expand(PbayEnv *env, const char *text, PbayExpansion *out);

/* Wipes and frees what *out holds. */
void pbay_expansion_clear(PbayExpansion *out);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PbayExpansion, pbay_expansion_clear)

/* True when text is nothing but one reference without a default: it may be shown, it holds no
 * value. */
bool pbay_config_is_reference(const char *text);

/* [A-Za-z_][A-Za-z0-9_]* */
bool pbay_config_is_env_name(pb_str name);

#endif
