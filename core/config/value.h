/* SPDX-License-Identifier: Apache-2.0 */
/* The text of one value: escapes, lists, and what looks like a comment behind it. */
#ifndef PBAY_CONFIG_VALUE_H
#define PBAY_CONFIG_VALUE_H

#include <glib.h>
#include <stdbool.h>

typedef enum PbayValueForm {
    PBAY_FORM_SCALAR, /* one item, `;` is a character and `\;` a mistake */
    PBAY_FORM_LIST,   /* split at `;`, items trimmed, `\;` a literal one  */
    PBAY_FORM_OPEN    /* a scalar, or a list not known as one: `\;` is `;` */
} PbayValueForm;

/* Unescaped (\s \n \t \r \\ and \;) and split, not expanded. NULL with *why when an escape is
 * unknown or an item of a list is empty. A list may end in one `;`; an empty list has no items.
 * g_strfreev. */
char **pbay_config_split(const char *raw, PbayValueForm form, char **why);

/* For values set by a program: split at each `;`, trimmed, empty items left out, no escapes. */
char **pbay_config_split_literal(const char *value);

/* " #", " ;" (scalars only), or "#", ";" where the whole value looks like a comment; NULL if
 * nothing does. Static. */
const char *pbay_config_comment_like(const char *raw, PbayValueForm form);

/* The conf.d notation of a literal: what, unescaped and expanded, gives it back. g_free. */
char *pbay_config_escape(const char *literal);

#endif
