/* SPDX-License-Identifier: Apache-2.0 */
/* The value of one driver option: from the text of conf.d, of the environment or of the
 * manifest's default to checked JSON. Pure; any thread. */
#ifndef PBAY_DRIVERS_OPTION_H
#define PBAY_DRIVERS_OPTION_H

#include "drivers/manifest.h"

#include <glib.h>
#include <stdbool.h>

/* "string", "url" ...; false: no such type. */
bool pbay_option_type_parse(const char *name, PbayOptionType *type);
const char *pbay_option_type_name(PbayOptionType type);

/* Splits conf.d text at ';' into trimmed items without empty ones; `\;` is a literal semicolon.
 * The caller frees with g_strfreev. */
char **pbay_option_split(const char *text);

/* Checks `items` (NULL-terminated; a scalar that holds semicolons may come in several) against
 * the option's type and bounds and appends the JSON value. False with error (PBAY_ERROR,
 * PB_ERR_CONFIG): what the value must be, and what it is; nothing was appended. */
bool pbay_option_to_json(const PbayOption *option, char *const *items, GString *out,
                         GError **error);

#endif
