/* SPDX-License-Identifier: Apache-2.0 */
/* Text as ELIZA sees it: an input line in upper case, cut into words and delimiters, and a
 * growing buffer for what is composed. Plain memory of the caller's, no state; any thread. */
#ifndef ELIZA_TEXT_H
#define ELIZA_TEXT_H

#include "lib/str.h"

#include <patchbay/driver.h>
#include <stdbool.h>

/* A growing text, NUL-terminated once something was added. Zero-initialise; free(ptr). failed:
 * out of memory, and nothing is added any more. */
typedef struct ElizaText {
    char *ptr;
    size_t len, cap;
    bool failed;
} ElizaText;

void eliza_text_add(ElizaText *text, pb_str more);

/* Words and delimiters ("," or "."), slices of `text`. Free with eliza_line_free. */
typedef struct ElizaLine {
    ElizaText text;
    pb_str *words;
    size_t n, cap;
} ElizaLine;

/* Letters are put in upper case (ASCII; other letters stay as they are) and typographic
 * apostrophes made plain. . ! ? , ; : delimit; quotes, brackets and the like vanish. False: out
 * of memory. */
bool eliza_line_read(ElizaLine *line, pb_str input);
void eliza_line_free(ElizaLine *line);
bool eliza_line_is_delimiter(pb_str word); /* the word BUT is one, too */

/* Number of words in any text: runs of bytes between blanks. What this driver calls tokens. */
size_t eliza_count_words(pb_str text);

#endif
