/* SPDX-License-Identifier: Apache-2.0 */
/* Texts kept in a few bytes of a record: cut where a character ends. Pure; any thread. */
#ifndef PBAY_ROUTING_SHORT_TEXT_H
#define PBAY_ROUTING_SHORT_TEXT_H

#include <glib.h>

/* Copies what fits of `from` (NULL is empty), up to the first byte that is not UTF-8. */
static inline void pbay_short_text(char *to, size_t size, const char *from)
{
    const char *end = NULL;
    g_strlcpy(to, from != NULL ? from : "", size);
    if (!g_utf8_validate(to, -1, &end))
        to[end - to] = '\0';
}

#endif
