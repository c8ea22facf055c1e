/* SPDX-License-Identifier: Apache-2.0 */
/* What a single item of each type must look like. */
#ifndef PBAY_CONFIG_TYPES_H
#define PBAY_CONFIG_TYPES_H

#include "config/schema.h"

/* NULL when the expanded item fits the definition; else what it should be ("is no duration: write
 * 250ms, 20s, 5m or 1h"), without quoting the item. g_free. Pure; any thread. */
char *pbay_config_type_fault(const PbayKeyDef *def, const char *item);

/* PROVIDER/MODEL: a plain name, a slash, anything without blanks. */
bool pbay_config_is_target_name(const char *name);

/* "provider/model weight=3" -> the target and its weight (1 if not given). The caller frees
 * *target. False with *why (static) when it is none; then *target is NULL. target and weight may be
 * NULL. */
bool pbay_config_parse_target(const char *item, char **target, int64_t *weight, const char **why);

/* Whole decimal number with an optional minus. */
bool pbay_config_parse_int(const char *text, int64_t *value);

/* A control character (below 0x20, 0x7f) or NULL. Horizontal tab counts. */
const char *pbay_config_find_control(const char *text);

/* The name behind "header." is an HTTP token that the core does not write itself. NULL: fine; else
 * why, static. */
const char *pbay_config_header_fault(const char *key);

#endif
