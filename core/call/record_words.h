/* SPDX-License-Identifier: Apache-2.0 */
/* What a recording may not say, and what stands there instead: one made-up value for each secret,
 * everywhere the same, in whatever form the secret was written; and plain words such as the address
 * of a local server. It also judges a finished text: is a secret still in it? One owner at a
 * time. */
#ifndef PBAY_CALL_RECORD_WORDS_H
#define PBAY_CALL_RECORD_WORDS_H

#include "base/secret.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

/* Shorter words cannot be told apart from prose. */
#define PBAY_WORD_MIN ((size_t)6)

typedef struct PbayWords PbayWords;

PbayWords *pbay_words_new(void);
void pbay_words_free(PbayWords *words); /* NULL is fine; wipes */

/* The made-up value of the secret of that name: "sk-demo-0123456789" for api-key. g_free. */
char *pbay_words_made_up(const char *name);

/* Each form of the secret (as it is, JSON-escaped, percent-encoded) becomes pbay_words_made_up of
 * its name. False: it is too short to be found. Takes a reference. */
bool pbay_words_add_secret(PbayWords *words, const char *name, PbaySecret *secret);

/* A word that is no secret: `from` becomes `to` where it stands as it is. Passed over when it is
 * shorter than PBAY_WORD_MIN, and when there is one with that `from`. */
void pbay_words_add(PbayWords *words, pb_str from, const char *to);

/* Appends text with all words replaced, longer ones first, and what is left of a secret whose
 * middle somebody has blotted out ("sk-ab***wxyz"). cuts: places in text (size_t, rising),
 * which become the places in what was appended; one inside a word moves behind it. Or NULL. */
void pbay_words_replace(const PbayWords *words, pb_str text, GArray *cuts, GString *out);

/* NULL, or which secret still stands in text in any form that pbay_redact knows: its name, or words
 * for one that this table does not have. Never its value. Lives as long as words. */
const char *pbay_words_leak(const PbayWords *words, pb_str text);

/* Is value the made-up value of one of the secrets, alone or behind one word ("Bearer")? */
bool pbay_words_is_made_up(const PbayWords *words, pb_str value);

#endif
