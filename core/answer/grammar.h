/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of events: which event may follow which in an answer of a kind. It looks at events
 * and keeps none of their content, so that an answer, a recorder and a conformance tool check
 * alike. One answer, one thread. */
#ifndef PBAY_ANSWER_GRAMMAR_H
#define PBAY_ANSWER_GRAMMAR_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

#define PBAY_CHOICES_MAX    128u
#define PBAY_CALLS_MAX      1024u  /* tool calls of one choice  */
#define PBAY_VECTORS_MAX    65536u /* embeddings of one answer  */
#define PBAY_DIMENSIONS_MAX 65536u /* numbers of one embedding  */
#define PBAY_MODELS_MAX     65536u /* models of one listing     */

typedef struct PbayGrammar PbayGrammar;

/* kind: PB_KIND_*. inputs: how many embeddings were asked for, 0 = unknown. */
PbayGrammar *pbay_grammar_new(int32_t kind, size_t inputs);
void pbay_grammar_free(PbayGrammar *grammar);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbayGrammar, pbay_grammar_free)

/* False with error (PB_ERR_PROTOCOL) naming the rule; the event is then as if it had never come. */
bool pbay_grammar_event(PbayGrammar *grammar, const pb_event *event, GError **error);

/* The driver says that it is done: is all there? False with error (PB_ERR_PROTOCOL). */
bool pbay_grammar_complete(const PbayGrammar *grammar, GError **error);

/* Is the answer only cut short (chat, completion), rather than broken? Asked after complete
 * refused. */
bool pbay_grammar_truncated(const PbayGrammar *grammar);

/* Choices seen so far: the highest number plus one. */
unsigned pbay_grammar_choices(const PbayGrammar *grammar);

#endif
